//! A dense layer, `out = f(x Wᵀ + b) + r`.

use bytemuck::{Pod, Zeroable};

use super::{Binding, Kernel};

#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub struct LinearParams {
    /// T.
    pub rows: u32,
    /// I, a multiple of 4.
    pub inputs: u32,
    /// O.
    pub outputs: u32,
    pub padding: u32,
}

/// What is done to `x Wᵀ + b` on its way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish<Residual> {
    Plain,
    /// GELU with the error function.
    GeluErf,
    /// Adds a residual of the same shape.
    Add(Residual),
}

const SOURCE: &[&str] =
    &[include_str!("../../shaders/shared/gelu.wgsl"), include_str!("../../shaders/linear.wgsl")];
const BINDINGS: &[Binding] =
    &[Binding::Params, Binding::Read, Binding::Read, Binding::Read, Binding::Read, Binding::Write];

pub const PLAIN: Kernel = Kernel { name: "linear", source: SOURCE, bindings: BINDINGS, constants: &[] };
pub const GELU: Kernel =
    Kernel { name: "linear.gelu", source: SOURCE, bindings: BINDINGS, constants: &[("GELU", 1.0)] };
pub const RESIDUAL: Kernel =
    Kernel { name: "linear.residual", source: SOURCE, bindings: BINDINGS, constants: &[("RESIDUAL", 1.0)] };

impl LinearParams {
    pub fn workgroups(&self) -> [u32; 3] {
        [self.outputs.div_ceil(32), self.rows.div_ceil(32), 1]
    }
}
