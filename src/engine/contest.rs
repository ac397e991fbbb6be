//! Which backend `auto` leads to: the faster of the two on this machine, measured once.

use serde::{Deserialize, Serialize};

use crate::gpu::Tuning;
use crate::trace::Backend;

/// The numbers of tokens that are measured: a sentence, and a paragraph.
pub const LENGTHS: [usize; 2] = [16, 128];

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
