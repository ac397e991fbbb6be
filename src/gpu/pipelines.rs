//! The pipelines, each made when a pass first needs it: an adapter uses a few of the kernels there are, and one that is a
//! program takes half a second for the largest.

use std::cell::RefCell;
use std::collections::HashMap;

use crate::ops::{Binding, Kernel};

#[derive(Default)]
pub(super) struct Pipelines(RefCell<HashMap<&'static str, wgpu::ComputePipeline>>);

impl Pipelines {
    pub(super) fn get(&self, device: &wgpu::Device, kernel: &'static Kernel) -> wgpu::ComputePipeline {
        let mut made = self.0.borrow_mut();
        made.entry(kernel.name).or_insert_with(|| make(device, kernel)).clone()
    }
}

fn make(device: &wgpu::Device, kernel: &Kernel) -> wgpu::ComputePipeline {
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
