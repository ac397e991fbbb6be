//! The GPU: its device, the pipelines, and [`GpuBackend`], which records a pass and reads its results back.
//!
//! Only this module knows wgpu. In a browser the device is WebGPU's, natively Vulkan's.

mod backend;
mod pass;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::{Error, Result};
use crate::ops::{Binding, KERNELS, Kernel};

pub use backend::{GpuBackend, GpuEmbedding, GpuLinear, GpuNorm};

/// A device with every pipeline made.
pub struct Gpu {
    device: wgpu::Device,
    queue: wgpu::Queue,
    adapter: String,
    software: bool,
    pipelines: HashMap<&'static str, wgpu::ComputePipeline>,
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
    /// Errors when there is none, or it cannot make a device or the pipelines.
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
            .request_device(&wgpu::DeviceDescriptor { label: Some("attention-map"), ..Default::default() })
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
        let scope = device.push_error_scope(wgpu::ErrorFilter::Validation);
        let pipelines = KERNELS.iter().map(|kernel| (kernel.name, make_pipeline(&device, kernel))).collect();
        if let Some(error) = scope.pop().await {
            return Err(no_adapter(format!("{adapter} cannot run the kernels: {error}")));
        }
        Ok(Some(Self { device, queue, adapter, software, pipelines, fault }))
    }

    /// The adapter's name for itself.
    pub fn adapter(&self) -> &str {
        &self.adapter
    }

    /// Whether the adapter is a program and no hardware, hence slower than the CPU backend.
    pub fn is_software(&self) -> bool {
        self.software
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

fn make_pipeline(device: &wgpu::Device, kernel: &Kernel) -> wgpu::ComputePipeline {
    let label = Some(kernel.name);
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label,
        source: wgpu::ShaderSource::Wgsl(kernel.source.concat().into()),
    });
    let entries: Vec<_> = kernel
        .bindings
        .iter()
        .zip(0..)
        .map(|(binding, index)| wgpu::BindGroupLayoutEntry {
            binding: index,
            visibility: wgpu::ShaderStages::COMPUTE,
            ty: wgpu::BindingType::Buffer {
                ty: match binding {
                    Binding::Params => wgpu::BufferBindingType::Uniform,
                    Binding::Read => wgpu::BufferBindingType::Storage { read_only: true },
                    Binding::Write => wgpu::BufferBindingType::Storage { read_only: false },
                },
                has_dynamic_offset: false,
                min_binding_size: None,
            },
            count: None,
        })
        .collect();
    let group =
        device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label, entries: &entries });
    let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label,
        bind_group_layouts: &[Some(&group)],
        immediate_size: 0,
    });
    device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label,
        layout: Some(&layout),
        module: &module,
        entry_point: Some("main"),
        compilation_options: wgpu::PipelineCompilationOptions {
            constants: kernel.constants,
            ..Default::default()
        },
        cache: None,
    })
}
