// What the kernels of a dense layer bind, and how they end: out = f(x Wᵀ + b) + r, with f the identity or GELU and r an
// optional residual. W lies in panels of 4 outputs x 4 inputs, (⌈I/16⌉·4, ⌈O/4⌉) of them, so that neighbouring
// invocations read neighbouring panels; what sticks out of W is zero. Every kernel goes over W in steps of 16 inputs.
//
// imports: gelu.wgsl; one of weights_f32.wgsl and weights_q8.wgsl beside it

struct Params {
    rows: u32,    // T
    inputs: u32,  // I, a multiple of 4
    outputs: u32, // O
    block: u32,   // inputs that share a scale, a multiple of 16; unread where the weights are floats
    out_offset: u32, // where row 0 begins in the output
    padding_0: u32,
    padding_1: u32,
    padding_2: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(3) var<storage, read> bias: array<vec4<f32>>;  // (⌈O/4⌉·4)
@group(0) @binding(4) var<storage, read> residual: array<f32>;    // (T, O), read only where RESIDUAL
@group(0) @binding(5) var<storage, read_write> out: array<f32>;   // (T, O) from out_offset on

override GELU: bool = false;
override RESIDUAL: bool = false;

fn put(row: u32, column: u32, value: f32) {
    if column < params.outputs {
        let at = row * params.outputs + column;
        if RESIDUAL {
            out[params.out_offset + at] = value + residual[at];
        } else {
            out[params.out_offset + at] = value;
        }
    }
}

// Finishes four neighbouring outputs of a row, those of the panels in column `panel`.
fn finish(row: u32, panel: u32, sums: vec4<f32>) {
    if row >= params.rows || 4u * panel >= params.outputs {
        return;
    }
    var values = sums + bias[panel];
    if GELU {
        values = gelu_erf(values);
    }
    put(row, 4u * panel, values.x);
    put(row, 4u * panel + 1u, values.y);
    put(row, 4u * panel + 2u, values.z);
    put(row, 4u * panel + 3u, values.w);
}
