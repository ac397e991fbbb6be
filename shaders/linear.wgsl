// A dense layer in tiles: a workgroup computes 32 rows x 32 outputs, an invocation 4 x 4 of them, from tiles of x and W
// in workgroup memory.
//
// imports: shared/gelu.wgsl, shared/dense.wgsl, shared/weights_f32.wgsl or shared/weights_q8.wgsl, shared/inputs.wgsl,
// shared/tile.wgsl

@compute @workgroup_size(8, 8)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>,
        @builtin(local_invocation_index) index: u32) {
    let panels = (params.outputs + 3u) / 4u;
    let row_0 = TILE * group.y;
    let panel_0 = TILE / 4u * group.x;
    var sums: mat4x4<f32>;

    for (var step = 0u; 16u * step < params.inputs; step++) {
        // Neighbours read neighbours: quads along a row of x, panels of one quad along W.
        if index < 32u {
            let quad = index % 4u;
            let row = row_0 + index / 4u * 4u;
            let at = 4u * step + quad;
            put_left(index / 4u, quad, transpose(mat4x4<f32>(
                inputs_at(row, at), inputs_at(row + 1u, at), inputs_at(row + 2u, at), inputs_at(row + 3u, at))));
        } else {
            let quad = index / 8u - 4u;
            let column = min(panel_0 + index % 8u, panels - 1u);
            let block = transpose(panel_at((4u * step + quad) * panels + column));
            let s = scale(step, column);
            put_right(index % 8u, quad, mat4x4<f32>(s * block[0], s * block[1], s * block[2], s * block[3]));
        }
        sums = add_product(sums, local.xy);
    }

    for (var i = 0u; i < 4u; i++) {
        finish(row_0 + 4u * local.y + i, panel_0 + local.x, sums[i]);
    }
}
