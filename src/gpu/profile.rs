//! How long each kernel of a pass takes, by the GPU's own clock.

use super::Gpu;
use super::pass::{Dispatch, Pass};
use super::read_back::{done, read};
use crate::error::Result;
use crate::trace::KernelTime;

/// Two timestamps for each of a sequence of passes.
pub(super) struct Clock {
    queries: wgpu::QuerySet,
    resolved: wgpu::Buffer,
    read_back: wgpu::Buffer,
    passes: u32,
}

impl Clock {
    /// Nothing where the GPU has no clock, or it has no room for so many passes.
    pub(super) fn new(gpu: &Gpu, passes: usize) -> Option<Self> {
        let count = u32::try_from(2 * passes).ok().filter(|count| *count <= wgpu::QUERY_SET_MAX_QUERIES)?;
        if count == 0 || !gpu.device.features().contains(wgpu::Features::TIMESTAMP_QUERY) {
            return None;
        }
        let queries = gpu.device.create_query_set(&wgpu::QuerySetDescriptor {
            label: Some("clock"),
            ty: wgpu::QueryType::Timestamp,
            count,
        });
        let buffer = |usage| {
            gpu.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("clock"),
                size: 8 * u64::from(count),
                usage,
                mapped_at_creation: false,
            })
        };
        Some(Self {
            queries,
            resolved: buffer(wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC),
            read_back: buffer(wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST),
            passes: count / 2,
        })
    }

    /// What pass `pass` is to write.
    pub(super) fn writes(&self, pass: usize) -> wgpu::ComputePassTimestampWrites<'_> {
        wgpu::ComputePassTimestampWrites {
            query_set: &self.queries,
            beginning_of_pass_write_index: Some(2 * pass as u32),
            end_of_pass_write_index: Some(2 * pass as u32 + 1),
        }
    }

    /// To be called after the last pass.
    pub(super) fn resolve(&self, encoder: &mut wgpu::CommandEncoder) {
        encoder.resolve_query_set(&self.queries, 0..2 * self.passes, &self.resolved, 0);
        encoder.copy_buffer_to_buffer(&self.resolved, 0, &self.read_back, 0, self.resolved.size());
    }

    /// Microseconds that each pass took, after the submit.
    pub(super) async fn microseconds(&self, gpu: &Gpu) -> Result<Vec<f64>> {
        let bytes = read(gpu, &self.read_back).await?;
        let stamps: Vec<u64> = bytemuck::pod_collect_to_vec(&bytes);
        let tick = f64::from(gpu.queue.get_timestamp_period()) / 1000.0;
        Ok(stamps.chunks_exact(2).map(|pair| pair[1].saturating_sub(pair[0]) as f64 * tick).collect())
    }
}

/// Sums by kernel, the longest first.
pub(super) fn by_kernel(dispatches: &[Dispatch], microseconds: &[f64]) -> Vec<KernelTime> {
    let total: f64 = microseconds.iter().sum();
    let mut times: Vec<KernelTime> = Vec::new();
    for (dispatch, microseconds) in dispatches.iter().zip(microseconds) {
        let name = dispatch.kernel.name;
        let at = times.iter().position(|time| time.name == name).unwrap_or_else(|| {
            times.push(KernelTime { name: name.to_owned(), dispatches: 0, microseconds: 0.0, share: 0.0 });
            times.len() - 1
        });
        times[at].dispatches += 1;
        times[at].microseconds += microseconds;
        times[at].share = if total > 0.0 { times[at].microseconds / total } else { 0.0 };
    }
    times.sort_by(|one, other| other.microseconds.total_cmp(&one.microseconds));
    times
}

impl Pass {
    /// Submits the recording and returns the microseconds of each dispatch: by the GPU's clock, or where it has none
    /// by ours, the way there and back included.
    pub(super) async fn time(&mut self, gpu: &Gpu) -> Result<Vec<f64>> {
        self.prepare(gpu);
        let descriptor = wgpu::CommandEncoderDescriptor { label: Some("timing") };
        if let Some(clock) = Clock::new(gpu, self.recorded.len()) {
            let mut encoder = gpu.device.create_command_encoder(&descriptor);
            self.encode_timed(gpu, &mut encoder, &clock);
            gpu.queue.submit([encoder.finish()]);
            return clock.microseconds(gpu).await;
        }
        let mut times = Vec::with_capacity(self.recorded.len());
        for place in 0..self.recorded.len() {
            let mut encoder = gpu.device.create_command_encoder(&descriptor);
            self.encode(gpu, &mut encoder, place..place + 1, None);
            let start = now();
            gpu.queue.submit([encoder.finish()]);
            done(gpu).await?;
            times.push(now() - start);
        }
        Ok(times)
    }
}

/// Microseconds since some moment.
#[cfg(not(target_arch = "wasm32"))]
fn now() -> f64 {
    use std::sync::LazyLock;
    use std::time::Instant;
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    1e6 * START.elapsed().as_secs_f64()
}

#[cfg(target_arch = "wasm32")]
fn now() -> f64 {
    use wasm_bindgen::JsCast;
    let performance = js_sys::Reflect::get(&js_sys::global(), &"performance".into());
    performance.map_or(0.0, |clock| 1e3 * clock.unchecked_into::<web_sys::Performance>().now())
}
