//! Which backend `auto` leads to: the faster of the two on this machine, measured once.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::loaded::LoadedModel;
use crate::cpu;
use crate::error::Result;
use crate::gpu::{Gpu, Tuning};
use crate::trace::Backend;

/// The numbers of tokens that are measured: a sentence, and a paragraph.
pub const LENGTHS: [usize; 2] = [16, 128];

/// A GPU that takes so many times as long as the CPU need not show what it does with a longer text.
const HOPELESS: f64 = 20.0;

/// How long both backends took for one model, reading back all the attention.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contest {
    /// The model's id.
    pub model: String,
    /// What the two call themselves.
    pub cpu: String,
    pub gpu: String,
    /// Milliseconds at each of [`LENGTHS`].
    pub cpu_times: [f64; LENGTHS.len()],
    pub gpu_times: [f64; LENGTHS.len()],
}

impl Contest {
    /// The faster by the geometric mean of the ratios, so that short texts count as much as long ones.
    pub fn winner(&self) -> Backend {
        let ratios = self.gpu_times.iter().zip(self.cpu_times).map(|(gpu, cpu)| gpu / cpu);
        if ratios.product::<f64>() < 1.0 { Backend::WebGpu } else { Backend::Cpu }
    }
}

impl LoadedModel {
    /// Times both backends: the better of two runs, after one to warm up. `now` is a clock in milliseconds.
    pub(super) async fn contest(&mut self, gpu: &Rc<Gpu>, now: impl Fn() -> f64) -> Result<Contest> {
        let mut times = [[f64::INFINITY; LENGTHS.len()]; 2];
        for (at, tokens) in LENGTHS.into_iter().enumerate() {
            for round in 0..3 {
                let start = now();
                self.on_cpu()?.run_any(tokens).await?;
                let between = now();
                self.on_gpu(gpu)?.run_any(tokens).await?;
                let end = now();
                if round > 0 {
                    times[0][at] = times[0][at].min(between - start);
                    times[1][at] = times[1][at].min(end - between);
                }
            }
            let [cpu, gpu] = [times[0][at], times[1][at]];
            if gpu > HOPELESS * cpu {
                times = [[cpu; LENGTHS.len()], [gpu; LENGTHS.len()]];
                break;
            }
        }
        let [cpu_times, gpu_times] = times;
        let (cpu, gpu) = (cpu::name().to_owned(), gpu.adapter().to_owned());
        Ok(Contest { model: self.spec.id.to_owned(), cpu, gpu, cpu_times, gpu_times })
    }
}

/// What was measured on a machine, and need not be measured there again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    pub contests: Vec<Contest>,
    pub tunings: Vec<Tuning>,
}

impl Measured {
    pub(super) fn contest(&self, model: &str, cpu: &str, gpu: &str) -> Option<&Contest> {
        self.contests.iter().find(|known| (&*known.model, &*known.cpu, &*known.gpu) == (model, cpu, gpu))
    }

    pub(super) fn tuning(&self, adapter: &str) -> Option<&Tuning> {
        self.tunings.iter().find(|known| known.adapter == adapter)
    }

    /// Takes over what an adapter's kernels were measured to be.
    pub(super) fn keep(&mut self, tuning: Tuning) {
        self.tunings.retain(|known| known.adapter != tuning.adapter);
        self.tunings.push(tuning);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contest(cpu_times: [f64; 2], gpu_times: [f64; 2]) -> Contest {
        Contest { model: "m".into(), cpu: "c".into(), gpu: "g".into(), cpu_times, gpu_times }
    }

    #[test]
    fn the_faster_backend_wins_also_where_it_is_slower_at_one_length() {
        assert_eq!(contest([5.0, 40.0], [4.0, 10.0]).winner(), Backend::WebGpu);
        assert_eq!(contest([5.0, 40.0], [400.0, 1900.0]).winner(), Backend::Cpu);
        // Half again as slow for a sentence, four times as fast for a paragraph.
        assert_eq!(contest([4.0, 40.0], [6.0, 10.0]).winner(), Backend::WebGpu);
        // A read-back that takes 100 ms whatever is read.
        assert_eq!(contest([4.0, 40.0], [101.0, 105.0]).winner(), Backend::Cpu);
    }

    #[test]
    fn a_contest_that_could_not_be_timed_leaves_the_cpu() {
        assert_eq!(contest([0.0, 0.0], [0.0, 0.0]).winner(), Backend::Cpu);
        assert_eq!(contest([5.0, 40.0], [f64::NAN, 10.0]).winner(), Backend::Cpu);
    }

    #[test]
    fn what_was_measured_elsewhere_or_for_another_model_does_not_count() {
        let known = Measured { contests: vec![contest([1.0; 2], [2.0; 2])], tunings: Vec::new() };
        assert!(known.contest("m", "c", "g").is_some());
        assert!(known.contest("other", "c", "g").is_none());
        assert!(known.contest("m", "c", "another GPU").is_none());
        let kept = serde_json::to_string(&known).unwrap();
        assert_eq!(serde_json::from_str::<Measured>(&kept).unwrap(), known);
    }
}
