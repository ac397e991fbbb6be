//! The GPU, the choice between it and the CPU, and what happens when it fails.

use std::rc::Rc;

use super::contest::Contest;
use super::loaded::Forward;
use super::{Engine, Notice};
use crate::backend::Sink;
use crate::cpu;
use crate::error::{Error, Result};
use crate::gpu::Gpu;
use crate::tokenizer::Encoded;
use crate::trace::{Backend, BackendChoice};

/// What is known of the GPU.
#[derive(Default)]
pub(super) enum GpuState {
    #[default]
    NotAsked,
    /// The only adapter is a program, which nobody has asked for by name.
    Software,
    Ready(Rc<Gpu>),
    /// Why there is none, or why it was given up.
    Unusable(String),
}

impl Engine {
    /// Which backend `choice` leads to for a model; looks for a GPU if nobody has yet.
    pub(super) async fn choose(&mut self, id: &str, choice: BackendChoice) -> Backend {
        self.look_for_gpu(choice).await;
        match (choice, &self.gpu) {
            (BackendChoice::WebGpu, GpuState::Ready(_)) => Backend::WebGpu,
            (BackendChoice::Auto, GpuState::Ready(gpu)) if !gpu.is_software() => {
                let contest = self.measured.contest(id, cpu::name(), gpu.adapter());
                contest.map_or(Backend::WebGpu, Contest::winner)
            }
            _ => Backend::Cpu,
        }
    }

    pub(super) async fn look_for_gpu(&mut self, choice: BackendChoice) {
        match (choice, &self.gpu) {
            (BackendChoice::Cpu, _) => {}
            (_, GpuState::NotAsked) => self.find_gpu(choice == BackendChoice::WebGpu).await,
            (BackendChoice::WebGpu, GpuState::Software) => self.find_gpu(true).await,
            _ => {}
        }
    }

    async fn find_gpu(&mut self, software: bool) {
        self.gpu = match Gpu::new(software).await {
            Ok(Some(gpu)) => {
                if let Some(tuning) = self.measured.tuning(gpu.adapter()) {
                    gpu.set_tuning(tuning.clone());
                }
                GpuState::Ready(Rc::new(gpu))
            }
            Ok(None) => GpuState::Software,
            Err(error) => GpuState::Unusable(error.to_string()),
        };
    }

    /// Leaves a device that failed.
    pub(super) fn lose_gpu(&mut self, gpu: &Gpu) {
        self.measured.keep(gpu.tuning());
        self.models.values_mut().for_each(|loaded| loaded.gpu = None);
        self.translators.values_mut().for_each(|loaded| loaded.gpu = None);
        gpu.destroy();
    }

    /// The pass and the adapter's name; nothing where the CPU is to run it, because of `choice` or of a failing GPU.
    pub(super) async fn run_on_gpu<W: Sink>(
        &mut self,
        id: &str,
        choice: BackendChoice,
        encoded: &Encoded,
        make_weights: &impl Fn() -> W,
        notices: &mut Vec<Notice>,
    ) -> Result<Option<(Forward<W>, String)>> {
        let mut failures: Vec<String> = Vec::new();
        while self.choose(id, choice).await == Backend::WebGpu
            && let GpuState::Ready(gpu) = &self.gpu
        {
            let gpu = gpu.clone();
            let (profiling, to_output) = (self.profiling, self.to_output);
            let loaded = self.loaded(id)?;
            gpu.profile(profiling);
            let outcome = match loaded.on_gpu(&gpu) {
                Ok(model) => model.run(encoded, make_weights(), to_output).await,
                Err(error) => Err(error),
            };
            gpu.profile(false);
            match outcome {
                Ok(forward) => {
                    if let [why] = &failures[..] {
                        let message = format!("{why}; a new device took over.");
                        notices.push(Notice { code: "gpu-retried", message });
                    }
                    return Ok(Some((forward, gpu.adapter().to_owned())));
                }
                Err(error @ Error::DeviceLost(_)) => {
                    self.lose_gpu(&gpu);
                    failures.push(error.to_string());
                    self.gpu = match failures.len() {
                        1 => GpuState::NotAsked,
                        _ => GpuState::Unusable(error.to_string()),
                    };
                }
                Err(error) if choice == BackendChoice::WebGpu => return Err(error),
                // What this GPU will not do, the CPU may.
                Err(error) => {
                    failures.push(error.to_string());
                    self.gpu = GpuState::Unusable(error.to_string());
                }
            }
        }
        if !failures.is_empty() {
            if let GpuState::Unusable(why) = &self.gpu
                && !failures.contains(why)
            {
                failures.push(why.clone());
            }
            let message = format!("{}; the CPU computes from now on.", failures.join(", then "));
            notices.push(Notice { code: "fell-back-to-cpu", message });
        }
        Ok(None)
    }
}
