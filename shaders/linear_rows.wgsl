// A dense layer of few rows, which is bound by reading W: a workgroup computes 8 rows x 64 outputs and reads each weight
// once. A quarter of the invocations takes every fourth step of 16 inputs, each of them 8 rows x 4 outputs, and the four
// parts are added at the end; there is a workgroup's worth of reads under way for each 64 outputs.
//
// imports: shared/gelu.wgsl, shared/dense.wgsl, shared/weights_f32.wgsl or shared/weights_q8.wgsl

@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>; // (T, I)

const ROWS: u32 = 8u;
const PANELS: u32 = 16u;
const PARTS: u32 = 4u;

var<workgroup> inputs: array<array<vec4<f32>, ROWS>, 4u * PARTS>; // (PARTS, 4 quads, ROWS)
var<workgroup> partial: array<array<vec4<f32>, PANELS>, ROWS * PARTS>;

@compute @workgroup_size(PANELS, PARTS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>,
        @builtin(local_invocation_index) index: u32) {
    let quads = params.inputs / 4u;
    let panels = (params.outputs + 3u) / 4u;
    let row_0 = ROWS * group.y;
    let panel = PANELS * group.x + local.x;
    let column = min(panel, panels - 1u);
    var sums: array<vec4<f32>, ROWS>;

    for (var step_0 = 0u; 16u * step_0 < params.inputs; step_0 += PARTS) {
        for (var n = index; n < 4u * PARTS * ROWS; n += PANELS * PARTS) {
            let row = row_0 + n / (4u * PARTS);
            let quad = 4u * step_0 + n % (4u * PARTS);
            var from_x = vec4<f32>();
            if row < params.rows && quad < quads {
                from_x = x[row * quads + quad];
            }
            inputs[n % (4u * PARTS)][n / (4u * PARTS)] = from_x;
        }
        workgroupBarrier();
        let step = step_0 + local.y;
        if 16u * step < params.inputs {
            let s = scale(step, column);
            for (var quad = 0u; quad < 4u; quad++) {
                let weights = panel_at((4u * step + quad) * panels + column);
                for (var r = 0u; r < ROWS; r++) {
                    sums[r] += s * (inputs[4u * local.y + quad][r] * weights);
                }
            }
        }
        workgroupBarrier();
    }

    for (var r = 0u; r < ROWS; r++) {
        partial[ROWS * local.y + r][local.x] = sums[r];
    }
    workgroupBarrier();
    for (var r = local.y; r < ROWS; r += PARTS) {
        let sum = partial[r][local.x] + partial[ROWS + r][local.x] + partial[2u * ROWS + r][local.x]
            + partial[3u * ROWS + r][local.x];
        finish(row_0 + r, panel, sum);
    }
}
