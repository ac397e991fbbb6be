//! Which kernel computes a dense layer: what was measured on this adapter, or else what is likely.

use serde::{Deserialize, Serialize};

use super::Gpu;
use super::backend::Bound;
use super::pass::Pass;
use crate::backend::{Slot, SlotSize};
use crate::error::Result;
use crate::ops::Precision;
use crate::ops::linear::{Finish, LinearParams, PANEL, STEP, Shape};

/// What was found out about one adapter, to be kept for the next visit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tuning {
    /// The adapter's name for itself.
    pub adapter: String,
    pub choices: Vec<Choice>,
}

/// The fastest kernel for one dense layer and up to `rows` rows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// A power of two, see [`bucket`].
    pub rows: u32,
    #[serde(flatten)]
    pub layer: Dense,
    pub shape: Shape,
}

/// A dense layer without its weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dense {
    pub inputs: u32,
    pub outputs: u32,
    pub precision: Precision,
}

/// The numbers of rows that are measured: 8, 16, ..., 512. More rows are as 512.
pub fn bucket(rows: u32) -> u32 {
    rows.clamp(8, 512).next_power_of_two()
}

impl Tuning {
    fn find(&self, layer: Dense, rows: u32) -> Option<Shape> {
        let found = |choice: &&Choice| choice.layer == layer && choice.rows == bucket(rows);
        self.choices.iter().find(found).map(|choice| choice.shape)
    }
}

impl Gpu {
    /// What has been measured so far.
    pub fn tuning(&self) -> Tuning {
        self.tuning.borrow().clone()
    }

    /// Takes over what was measured before, if it was on this adapter.
    pub fn set_tuning(&self, tuning: Tuning) {
        if tuning.adapter == self.adapter {
            *self.tuning.borrow_mut() = tuning;
        }
    }

    pub(super) fn shape(&self, precision: Precision, params: &LinearParams) -> Shape {
        let layer = Dense { inputs: params.inputs, outputs: params.outputs, precision };
        let measured = self.tuning.borrow().find(layer, params.rows);
        measured.unwrap_or_else(|| likely(self.software, params))
    }
}

/// The table for adapters that were not measured.
fn likely(software: bool, params: &LinearParams) -> Shape {
    // So many workgroups keep the large GPUs busy.
    const ENOUGH: u32 = 64;
    let [x, y, _] = Shape::Wide.workgroups(params);
    match params.rows {
        _ if software && Shape::Registers.fits(params) => Shape::Registers,
        ..=16 => Shape::Rows,
        _ if x * y >= ENOUGH => Shape::Wide,
        _ => Shape::Tiles,
    }
}

/// Work of one measurement: little enough for all of them to take about 100 ms on a small GPU.
const FLOP: u64 = 600_000_000;
/// Microseconds that a measurement has to take to mean something: browsers round their clocks to 100.
const MEANINGFUL: f64 = 500.0;

/// Measures every shape for those of `layers` that have no choice for `rows` rows yet.
pub(super) async fn tune(gpu: &Gpu, layers: &[Dense], rows: u32) -> Result<()> {
    let rows = bucket(rows);
    for &layer in layers {
        if gpu.tuning.borrow().find(layer, rows).is_some() {
            continue;
        }
        let params = LinearParams {
            rows,
            inputs: layer.inputs,
            outputs: layer.outputs,
            block: 2 * STEP as u32,
            ..Default::default()
        };
        if let Some(shape) = fastest(gpu, layer.precision, params).await? {
            gpu.tuning.borrow_mut().choices.push(Choice { rows, layer, shape });
        }
    }
    Ok(())
}

/// Nothing where no kernel can be made.
async fn fastest(gpu: &Gpu, precision: Precision, params: LinearParams) -> Result<Option<Shape>> {
    let finish = Finish::<()>::Plain;
    let mut candidates = Vec::new();
    for shape in Shape::ALL {
        // Those that a GPU refuses are left out.
        let scope = gpu.device.push_error_scope(wgpu::ErrorFilter::Validation);
        let fits = shape.fits(&params) && (gpu.software || shape != Shape::Registers);
        if fits {
            gpu.pipelines.get(&gpu.device, shape.kernel(precision, &finish));
        }
        if scope.pop().await.is_none() && fits {
            candidates.push(shape);
        }
    }

    let [rows, inputs, outputs] = [params.rows, params.inputs, params.outputs].map(|n| n as usize);
    let padded = outputs.next_multiple_of(PANEL);
    let weights = inputs.next_multiple_of(STEP) * padded;
    let sizes = [rows * inputs, weights, padded, rows * outputs];
    let slots = sizes.map(|len| SlotSize { len, room: len });
    let [x, weight, bias, out] = [0, 1, 2, 3].map(|slot| Bound::Slot(Slot(slot)));
    let mut pass = Pass::new(gpu, &slots).await?;
    let flop = 2 * rows as u64 * inputs as u64 * outputs as u64;
    let repeats = (FLOP / flop.max(1)).clamp(2, 256) as u32;
    // The first round only warms up.
    for repeats in [1, repeats] {
        for shape in &candidates {
            let kernel = shape.kernel(precision, &finish);
            // Zeros all of them: the weights stand in for the scales, the bias for a residual.
            let bound = [x, weight, bias, bias, out, weight];
            let bound = &bound[..kernel.bindings.len() - 1];
            pass.dispatch(kernel, bytemuck::bytes_of(&params), shape.workgroups(&params), bound, repeats);
        }
    }
    let microseconds = pass.time(gpu).await?;
    let measured = candidates.iter().zip(microseconds.iter().skip(candidates.len()));
    let best = measured.min_by(|(_, one), (_, other)| one.total_cmp(other));
    Ok(best.map(|(&shape, &time)| if time < MEANINGFUL { likely(gpu.software, &params) } else { shape }))
}
