//! The GPU: its device, the pipelines, and [`GpuBackend`], which records a pass and reads its results back.
//!
//! Only this module knows wgpu. In a browser the device is WebGPU's, natively Vulkan's.

mod backend;
mod panels;
mod pass;
mod pipelines;
mod profile;
mod read_back;
mod tuning;

use std::cell::{Cell, RefCell};
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::{Error, Result};
use crate::trace::KernelTime;
use pipelines::Pipelines;

pub use backend::{GpuBackend, GpuEmbedding, GpuLinear, GpuNorm};
pub use tuning::{Choice, Dense, Tuning, bucket};

/// A device, its pipelines and what has been measured on it.
pub struct Gpu {
    device: wgpu::Device,
    queue: wgpu::Queue,
    adapter: String,
    software: bool,
    pipelines: Pipelines,
    tuning: RefCell<Tuning>,
    /// Whether passes are taken apart to time their kernels, and the times of the last one.
    profiling: Cell<bool>,
    kernel_times: RefCell<Vec<KernelTime>>,
    fault: Fault,
}

/// The first thing that went wrong outside of a call, such as the device's loss.
#[derive(Clone, Default)]
struct Fault(Arc<Mutex<Option<String>>>);

impl Fault {
    fn set(&self, what: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(what);
    }

    fn check(&self) -> Result<()> {
        match &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(what) => Err(Error::DeviceLost(what.clone())),
            None => Ok(()),
        }
    }
}

impl Gpu {
    /// The adapter that the system offers first, with WebGPU's default limits; nothing if that is a program and
    /// `software` says that one will not do.
    ///
    /// Errors when there is none, or it cannot make a device.
    pub async fn new(software: bool) -> Result<Option<Self>> {
        let no_adapter = |error: String| Error::NoAdapter(error);
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let options = wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            ..Default::default()
        };
        let adapter =
            instance.request_adapter(&options).await.map_err(|error| no_adapter(error.to_string()))?;
        let info = adapter.get_info();
        if info.device_type == wgpu::DeviceType::Cpu && !software {
            return Ok(None);
        }
        let (device, queue) = adapter
            .request_device(&wgpu::DeviceDescriptor {
                label: Some("attention-map"),
                required_features: adapter.features() & wgpu::Features::TIMESTAMP_QUERY,
                ..Default::default()
            })
            .await
            .map_err(|error| no_adapter(error.to_string()))?;

        let fault = Fault::default();
        let lost = fault.clone();
        device.set_device_lost_callback(move |reason, message| {
            lost.set(if message.is_empty() { format!("{reason:?}") } else { message });
        });
        let uncaptured = fault.clone();
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| uncaptured.set(error.to_string())));

        let adapter = adapter_name(&device, &info);
        let software = info.device_type == wgpu::DeviceType::Cpu
            || ["swiftshader", "llvmpipe", "basic render"]
                .iter()
                .any(|name| adapter.to_lowercase().contains(name));
        Ok(Some(Self {
            device,
            queue,
            tuning: RefCell::new(Tuning { adapter: adapter.clone(), choices: Vec::new() }),
            adapter,
            software,
            pipelines: Pipelines::default(),
            profiling: Cell::new(false),
            kernel_times: RefCell::default(),
            fault,
        }))
    }

    /// The adapter's name for itself.
    pub fn adapter(&self) -> &str {
        &self.adapter
    }

    /// Whether the adapter is a program and no hardware, hence slower than the CPU backend.
    pub fn is_software(&self) -> bool {
        self.software
    }

    /// From now on, takes every pass apart into one for each dispatch, with a timestamp before and after, or no longer
    /// so. Returns whether the GPU can: without a clock, passes stay whole.
    pub fn profile(&self, on: bool) -> bool {
        self.profiling.set(on);
        self.device.features().contains(wgpu::Features::TIMESTAMP_QUERY)
    }

    /// The kernels of the last pass that was profiled, the longest first.
    pub fn kernel_times(&self) -> Vec<KernelTime> {
        self.kernel_times.borrow().clone()
    }

    /// Gives the device back. Every pass after this fails with [`Error::DeviceLost`].
    pub fn destroy(&self) {
        self.device.destroy();
        self.fault.set("the device was given back".to_owned());
    }
}

/// Browsers keep the adapter's description to themselves, but tell its vendor and architecture.
#[cfg(target_arch = "wasm32")]
fn adapter_name(device: &wgpu::Device, info: &wgpu::AdapterInfo) -> String {
    if !info.name.is_empty() {
        return info.name.clone();
    }
    let field = |object: &js_sys::Object, name: &str| {
        js_sys::Reflect::get(object, &name.into()).ok().and_then(|value| value.as_string())
    };
    let told = device.as_webgpu().and_then(|device| {
        use wasm_bindgen::JsCast;
        js_sys::Reflect::get(device.as_ref(), &"adapterInfo".into()).ok()?.dyn_into::<js_sys::Object>().ok()
    });
    let words: Vec<String> = ["vendor", "architecture"]
        .iter()
        .filter_map(|name| told.as_ref().and_then(|told| field(told, name)))
        .filter(|word| !word.is_empty())
        .collect();
    if words.is_empty() { "a GPU that does not tell its name".to_owned() } else { words.join(" ") }
}

#[cfg(not(target_arch = "wasm32"))]
fn adapter_name(_device: &wgpu::Device, info: &wgpu::AdapterInfo) -> String {
    info.name.clone()
}
