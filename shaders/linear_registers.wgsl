// A dense layer in registers alone: an invocation computes 8 rows x 16 outputs, and nothing is shared. For programs that
// run shaders on a CPU, where every read by a computed index costs a dozen instructions and a barrier a switch of
// coroutines; so each number that is read is used as often as possible, and the sums have names, since an array with
// a computed index lies in memory. Hardware keeps too few registers for this and has better kernels.
//
// imports: shared/gelu.wgsl, shared/dense.wgsl, shared/weights_f32.wgsl or shared/weights_q8.wgsl

@group(0) @binding(1) var<storage, read> x: array<mat4x4<f32>>; // (T, I), I a multiple of 16

const ROWS: u32 = 8u;
const PANELS: u32 = 4u;

// 16 inputs of each row.
struct Inputs {
    row_0: mat4x4<f32>,
    row_1: mat4x4<f32>,
    row_2: mat4x4<f32>,
    row_3: mat4x4<f32>,
    row_4: mat4x4<f32>,
    row_5: mat4x4<f32>,
    row_6: mat4x4<f32>,
    row_7: mat4x4<f32>,
}

// Four outputs of each row.
struct Sums {
    row_0: vec4<f32>,
    row_1: vec4<f32>,
    row_2: vec4<f32>,
    row_3: vec4<f32>,
    row_4: vec4<f32>,
    row_5: vec4<f32>,
    row_6: vec4<f32>,
    row_7: vec4<f32>,
}

// Row `row` or, below the last one, that again; what comes of it is not stored.
fn inputs_at(row: u32, step: u32) -> mat4x4<f32> {
    return x[min(row, params.rows - 1u) * (params.inputs / 16u) + step];
}

// `sums` and the products of 16 inputs with the panels in column `panel`.
fn add(sums: Sums, inputs: Inputs, step: u32, panel: u32) -> Sums {
    let panels = (params.outputs + 3u) / 4u;
    let column = min(panel, panels - 1u);
    let at = 4u * step * panels + column;
    let a = panel_at(at);
    let b = panel_at(at + panels);
    let c = panel_at(at + 2u * panels);
    let d = panel_at(at + 3u * panels);
    let s = scale(step, column);
    return Sums(
        sums.row_0 + s * (inputs.row_0[0] * a + inputs.row_0[1] * b + inputs.row_0[2] * c + inputs.row_0[3] * d),
        sums.row_1 + s * (inputs.row_1[0] * a + inputs.row_1[1] * b + inputs.row_1[2] * c + inputs.row_1[3] * d),
        sums.row_2 + s * (inputs.row_2[0] * a + inputs.row_2[1] * b + inputs.row_2[2] * c + inputs.row_2[3] * d),
        sums.row_3 + s * (inputs.row_3[0] * a + inputs.row_3[1] * b + inputs.row_3[2] * c + inputs.row_3[3] * d),
        sums.row_4 + s * (inputs.row_4[0] * a + inputs.row_4[1] * b + inputs.row_4[2] * c + inputs.row_4[3] * d),
        sums.row_5 + s * (inputs.row_5[0] * a + inputs.row_5[1] * b + inputs.row_5[2] * c + inputs.row_5[3] * d),
        sums.row_6 + s * (inputs.row_6[0] * a + inputs.row_6[1] * b + inputs.row_6[2] * c + inputs.row_6[3] * d),
        sums.row_7 + s * (inputs.row_7[0] * a + inputs.row_7[1] * b + inputs.row_7[2] * c + inputs.row_7[3] * d),
    );
}

fn store(row: u32, panel: u32, sums: Sums) {
    var rows = array<vec4<f32>, ROWS>(
        sums.row_0, sums.row_1, sums.row_2, sums.row_3, sums.row_4, sums.row_5, sums.row_6, sums.row_7);
    for (var r = 0u; r < ROWS; r++) {
        finish(row + r, panel, rows[r]);
    }
}

@compute @workgroup_size(8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let panel = PANELS * id.x;
    let row = ROWS * id.y;
    if 4u * panel >= params.outputs {
        return;
    }
    var sums_0: Sums;
    var sums_1: Sums;
    var sums_2: Sums;
    var sums_3: Sums;
    for (var step = 0u; step < params.inputs / 16u; step++) {
        let inputs = Inputs(
            inputs_at(row + 0u, step),
            inputs_at(row + 1u, step),
            inputs_at(row + 2u, step),
            inputs_at(row + 3u, step),
            inputs_at(row + 4u, step),
            inputs_at(row + 5u, step),
            inputs_at(row + 6u, step),
            inputs_at(row + 7u, step),
        );
        sums_0 = add(sums_0, inputs, step, panel);
        sums_1 = add(sums_1, inputs, step, panel + 1u);
        sums_2 = add(sums_2, inputs, step, panel + 2u);
        sums_3 = add(sums_3, inputs, step, panel + 3u);
    }
    store(row, panel, sums_0);
    store(row, panel + 1u, sums_1);
    store(row, panel + 2u, sums_2);
    store(row, panel + 3u, sums_3);
}
