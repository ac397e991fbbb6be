// A dense layer in large tiles, for when there are enough of them to keep a GPU busy: a workgroup computes 64 rows x 64
// outputs, an invocation 8 x 8 of them, and so reads half as much workgroup memory for a product as with 4 x 4.
//
// imports: shared/gelu.wgsl, shared/dense.wgsl, shared/weights_f32.wgsl or shared/weights_q8.wgsl, shared/inputs.wgsl

const TILE: u32 = 64u;
const DEPTH: u32 = 16u;
// A tile's row in vectors of 4, one longer than needed, so that a column's lie in different banks.
const PITCH: u32 = 17u;

var<workgroup> left: array<array<vec4<f32>, PITCH>, DEPTH>;  // (DEPTH, TILE)
var<workgroup> right: array<array<vec4<f32>, PITCH>, DEPTH>; // (DEPTH, TILE)

@compute @workgroup_size(8, 8)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>,
        @builtin(local_invocation_index) index: u32) {
    let panels = (params.outputs + 3u) / 4u;
    let row_0 = TILE * group.y;
    let panel_0 = TILE / 4u * group.x;
    // Rows 4y to 4y + 3 and 32 + 4y to 32 + 4y + 3, outputs likewise with x: neighbours read neighbours.
    var upper_left: mat4x4<f32>;
    var upper_right: mat4x4<f32>;
    var lower_left: mat4x4<f32>;
    var lower_right: mat4x4<f32>;

    for (var step = 0u; 16u * step < params.inputs; step++) {
        // Each invocation fills a block of 4 x 4 in both tiles.
        let x_quad = index % 4u;
        let row = row_0 + index / 4u * 4u;
        let at = 4u * step + x_quad;
        let inputs = transpose(mat4x4<f32>(
            inputs_at(row, at), inputs_at(row + 1u, at), inputs_at(row + 2u, at), inputs_at(row + 3u, at)));
        let w_quad = index / 16u;
        let column = min(panel_0 + index % 16u, panels - 1u);
        let weights = transpose(panel_at((4u * step + w_quad) * panels + column));
        let s = scale(step, column);
        for (var d = 0u; d < 4u; d++) {
            left[4u * x_quad + d][index / 4u] = inputs[d];
            right[4u * w_quad + d][index % 16u] = s * weights[d];
        }
        workgroupBarrier();
        for (var d = 0u; d < DEPTH; d++) {
            let upper = left[d][local.y];
            let lower = left[d][local.y + 8u];
            let outputs_left = right[d][local.x];
            let outputs_right = right[d][local.x + 8u];
            for (var i = 0u; i < 4u; i++) {
                upper_left[i] += upper[i] * outputs_left;
                upper_right[i] += upper[i] * outputs_right;
                lower_left[i] += lower[i] * outputs_left;
                lower_right[i] += lower[i] * outputs_right;
            }
        }
        workgroupBarrier();
    }

    let row = row_0 + 4u * local.y;
    let panel = panel_0 + local.x;
    for (var i = 0u; i < 4u; i++) {
        finish(row + i, panel, upper_left[i]);
        finish(row + i, panel + 8u, upper_right[i]);
        finish(row + 32u + i, panel, lower_left[i]);
        finish(row + 32u + i, panel + 8u, lower_right[i]);
    }
}
