//! The buffers of a pass, and a recording of what is done to them.
//!
//! The first pass makes a bind group for each dispatch; later ones find theirs by its place in the sequence and
//! only rewrite the parameters, which lie in one uniform buffer. A pass is one encoder, one compute pass, one
//! submit and one read-back.

use std::ops::Range;

use super::Gpu;
use super::backend::Bound;
use super::profile::{Clock, by_kernel};
use super::read_back::map_for_reading;
use crate::backend::{Inputs, Sink, Slot, SlotSize};
use crate::error::{Error, Result};
use crate::ops::Kernel;

/// WebGPU's default alignment of a uniform's offset, and so the place that each dispatch's parameters take.
const PARAMS_STRIDE: usize = 256;
/// Dispatches whose parameters fit the first uniform buffer; a longer pass gets a larger one.
const FIRST_DISPATCHES: usize = 64;

/// Bytes in steps of which the read-back buffer grows, so that not every text makes a new one.
const READ_BACK_STEP: usize = 1 << 20;

pub(super) struct Pass {
    slots: Vec<wgpu::Buffer>,
    tokens: wgpu::Buffer,   // (T) of id, type
    key_mask: wgpu::Buffer, // (S)
    params: wgpu::Buffer,
    read_back: Option<wgpu::Buffer>,
    pub(super) recorded: Vec<Dispatch>,
    /// What the sink gets when the pass ends.
    kept: Vec<Kept>,
    params_bytes: Vec<u8>,
    /// Bind groups by place in the sequence, with the dispatch that each was made for.
    groups: Vec<(Dispatch, wgpu::BindGroup)>,
}

/// Floats of a slot, which the sink is given at the same place.
#[derive(Clone, Copy)]
struct Kept {
    slot: Slot,
    at: usize,
    len: usize,
}

/// A dispatch but for its parameters' values. Buffers compare by identity.
#[derive(Clone)]
pub(super) struct Dispatch {
    pub(super) kernel: &'static Kernel,
    workgroups: [u32; 3],
    /// How often it is done; more than once only to time it.
    repeats: u32,
    params_size: u64,
    buffers: Vec<wgpu::Buffer>,
}

impl Dispatch {
    /// Whether one bind group serves both.
    fn binds_as(&self, other: &Self) -> bool {
        std::ptr::eq(self.kernel, other.kernel) && self.buffers == other.buffers
    }
}

impl Pass {
    /// Buffers with the slots' room. Errors when the GPU's memory doesn't do.
    pub(super) async fn new(gpu: &Gpu, sizes: &[SlotSize]) -> Result<Self> {
        let scope = gpu.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let storage =
            wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST;
        let slots = sizes
            .iter()
            .enumerate()
            .map(|(slot, size)| make_buffer(gpu, &format!("slot.{slot}"), 4 * size.room, storage))
            .collect();
        let pass = Self {
            slots,
            tokens: make_buffer(gpu, "tokens", 8, storage),
            key_mask: make_buffer(gpu, "key_mask", 4, storage),
            params: make_params(gpu, FIRST_DISPATCHES),
            read_back: None,
            recorded: Vec::new(),
            kept: Vec::new(),
            params_bytes: Vec::new(),
            groups: Vec::new(),
        };
        match scope.pop().await {
            Some(error) => Err(Error::DeviceLost(format!("out of memory: {error}"))),
            None => Ok(pass),
        }
    }

    /// Whether the buffers are large enough for another pass.
    pub(super) fn fits(&self, sizes: &[SlotSize]) -> bool {
        let large = |(buffer, size): (&wgpu::Buffer, &SlotSize)| buffer.size() >= 4 * size.len as u64;
        self.slots.len() == sizes.len() && self.slots.iter().zip(sizes).all(large)
    }

    /// Forgets the recording of the pass before and writes the inputs of this one.
    pub(super) fn begin(&mut self, gpu: &Gpu, inputs: Inputs<'_>) {
        self.recorded.clear();
        self.kept.clear();
        self.params_bytes.clear();
        let storage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST;
        for (buffer, label, bytes) in [
            (&mut self.tokens, "tokens", bytemuck::cast_slice::<_, u8>(inputs.tokens)),
            (&mut self.key_mask, "key_mask", bytemuck::cast_slice(inputs.key_mask)),
        ] {
            if buffer.size() < bytes.len() as u64 {
                *buffer = make_buffer(gpu, label, bytes.len().next_power_of_two(), storage);
            }
            gpu.queue.write_buffer(buffer, 0, bytes);
        }
    }

    /// Fills the front of a slot; takes effect before everything recorded.
    pub(super) fn write(&self, gpu: &Gpu, Slot(slot): Slot, data: &[f32]) {
        gpu.queue.write_buffer(&self.slots[slot], 0, bytemuck::cast_slice(data));
    }

    /// Records `repeats` dispatches of `kernel` with `params` at binding 0 and `buffers` from binding 1 on.
    pub(super) fn dispatch(
        &mut self,
        kernel: &'static Kernel,
        params: &[u8],
        workgroups: [u32; 3],
        buffers: &[Bound<'_>],
        repeats: u32,
    ) {
        self.params_bytes.resize(self.recorded.len() * PARAMS_STRIDE, 0);
        self.params_bytes.extend_from_slice(params);
        let buffers = buffers
            .iter()
            .map(|bound| match *bound {
                Bound::Slot(Slot(slot)) => self.slots[slot].clone(),
                Bound::Tokens => self.tokens.clone(),
                Bound::KeyMask => self.key_mask.clone(),
                Bound::Weights(buffer) => buffer.clone(),
            })
            .collect();
        let params_size = params.len() as u64;
        self.recorded.push(Dispatch { kernel, workgroups, repeats, params_size, buffers });
    }

    /// Sends `len` floats of a slot from `at` on to the sink when the pass ends. Nothing may write there after this.
    pub(super) fn keep(&mut self, slot: Slot, at: usize, len: usize) {
        self.kept.push(Kept { slot, at, len });
    }

    /// Writes the parameters and sees that every recorded dispatch has its bind group.
    pub(super) fn prepare(&mut self, gpu: &Gpu) {
        let needed = self.recorded.len() * PARAMS_STRIDE;
        if self.params.size() < needed as u64 {
            self.params = make_params(gpu, needed / PARAMS_STRIDE);
            self.groups.clear();
        }
        gpu.queue.write_buffer(&self.params, 0, &self.params_bytes);
        for (place, dispatch) in self.recorded.iter().enumerate() {
            if self.groups.get(place).is_none_or(|(made_for, _)| !made_for.binds_as(dispatch)) {
                let group = make_group(gpu, dispatch, &self.params, (place * PARAMS_STRIDE) as u64);
                self.groups.truncate(place);
                self.groups.push((dispatch.clone(), group));
            }
        }
    }

    /// Submits the recording, waits, gives the sink what was kept and returns the first `len` floats of each slot.
    pub(super) async fn finish(
        &mut self,
        gpu: &Gpu,
        read: &[(Slot, usize)],
        sink: &mut dyn Sink,
    ) -> Result<Vec<Vec<f32>>> {
        self.prepare(gpu);
        let mut encoder =
            gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("forward") });
        let clock = if gpu.profiling.get() { Clock::new(gpu, self.recorded.len()) } else { None };
        match &clock {
            Some(clock) => self.encode_timed(gpu, &mut encoder, clock),
            None => self.encode(gpu, &mut encoder, 0..self.recorded.len(), None),
        }

        let parts = self.kept.iter().map(|kept| (kept.slot, kept.at, kept.len));
        let parts: Vec<_> = parts.chain(read.iter().map(|&(slot, len)| (slot, 0, len))).collect();
        let bytes: u64 = parts.iter().map(|&(_, _, len)| room(len)).sum();
        let read_back = match self.read_back.take() {
            Some(buffer) if buffer.size() >= bytes => buffer,
            _ => make_buffer(
                gpu,
                "read_back",
                (bytes as usize).next_multiple_of(READ_BACK_STEP),
                wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            ),
        };
        let mut offset = 0;
        for &(Slot(slot), at, len) in &parts {
            encoder.copy_buffer_to_buffer(
                &self.slots[slot],
                4 * at as u64,
                &read_back,
                offset,
                4 * len as u64,
            );
            offset += room(len);
        }
        gpu.queue.submit([encoder.finish()]);

        map_for_reading(gpu, &read_back, bytes).await?;
        let mut offset = 0;
        // Part by part: in a browser each view is a copy.
        let mut next = |len: usize| {
            let lost = |error: wgpu::MapRangeError| Error::DeviceLost(error.to_string());
            let start = offset;
            offset += room(len);
            read_back.slice(start..start + 4 * len as u64).get_mapped_range().map_err(lost)
        };
        for kept in &self.kept {
            let view = next(kept.len)?;
            match bytemuck::try_cast_slice(&view) {
                Ok(floats) => sink.write(kept.at, floats),
                Err(_) => sink.write(kept.at, &bytemuck::pod_collect_to_vec::<u8, f32>(&view)),
            }
        }
        let out = read
            .iter()
            .map(|&(_, len)| Ok(bytemuck::pod_collect_to_vec(&next(len)?)))
            .collect::<Result<Vec<Vec<f32>>>>()?;
        read_back.unmap();
        self.read_back = Some(read_back);
        if let Some(clock) = clock {
            let times = by_kernel(&self.recorded, &clock.microseconds(gpu).await?);
            *gpu.kernel_times.borrow_mut() = times;
        }
        gpu.fault.check()?;
        Ok(out)
    }

    /// A compute pass for each dispatch, with its times.
    pub(super) fn encode_timed(&self, gpu: &Gpu, encoder: &mut wgpu::CommandEncoder, clock: &Clock) {
        for place in 0..self.recorded.len() {
            self.encode(gpu, encoder, place..place + 1, Some(clock.writes(place)));
        }
        clock.resolve(encoder);
    }

    /// One compute pass of the dispatches at `places`.
    pub(super) fn encode(
        &self,
        gpu: &Gpu,
        encoder: &mut wgpu::CommandEncoder,
        places: Range<usize>,
        timestamp_writes: Option<wgpu::ComputePassTimestampWrites<'_>>,
    ) {
        let mut pass =
            encoder.begin_compute_pass(&wgpu::ComputePassDescriptor { label: None, timestamp_writes });
        for (dispatch, (_, group)) in self.recorded[places.clone()].iter().zip(&self.groups[places]) {
            pass.set_pipeline(&gpu.pipelines.get(&gpu.device, dispatch.kernel));
            pass.set_bind_group(0, group, &[]);
            for _ in 0..dispatch.repeats {
                let [x, y, z] = dispatch.workgroups;
                pass.dispatch_workgroups(x, y, z);
            }
        }
    }
}

/// Bytes that `len` floats take in the read-back buffer: a mapped range begins at a multiple of 8.
fn room(len: usize) -> u64 {
    (4 * len as u64).next_multiple_of(8)
}

fn make_buffer(gpu: &Gpu, label: &str, bytes: usize, usage: wgpu::BufferUsages) -> wgpu::Buffer {
    gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some(label),
        size: bytes as u64,
        usage,
        mapped_at_creation: false,
    })
}

fn make_group(gpu: &Gpu, dispatch: &Dispatch, params: &wgpu::Buffer, offset: u64) -> wgpu::BindGroup {
    let size = wgpu::BufferSize::new(dispatch.params_size);
    let params = wgpu::BindingResource::Buffer(wgpu::BufferBinding { buffer: params, offset, size });
    let entries: Vec<_> = std::iter::once(params)
        .chain(dispatch.buffers.iter().map(wgpu::Buffer::as_entire_binding))
        .zip(0..)
        .map(|(resource, binding)| wgpu::BindGroupEntry { binding, resource })
        .collect();
    gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some(dispatch.kernel.name),
        layout: &gpu.pipelines.get(&gpu.device, dispatch.kernel).get_bind_group_layout(0),
        entries: &entries,
    })
}

fn make_params(gpu: &Gpu, dispatches: usize) -> wgpu::Buffer {
    let usage = wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST;
    make_buffer(gpu, "params", dispatches * PARAMS_STRIDE, usage)
}
