// Attention × values in tiles: a workgroup computes 32 queries x 32 features of one head, an invocation 4 x 4 of them.
//
// imports: shared/attend.wgsl, shared/tile.wgsl

fn weights_at(row: u32, j: u32) -> vec4<f32> {
    var weights = vec4<f32>();
    for (var c = 0u; c < 4u; c++) {
        if j + c < params.keys {
            weights[c] = attention[row + j + c];
        }
    }
    return weights;
}

@compute @workgroup_size(8, 8)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>,
        @builtin(local_invocation_index) index: u32) {
    let head = group.z;
    let query_0 = TILE * group.y;
    let quad_0 = TILE / 4u * group.x;
    var sums: mat4x4<f32>;

    for (var j_0 = 0u; j_0 < params.keys; j_0 += DEPTH) {
        // Neighbours read neighbours: keys along a row of the attention, features along a row of the values.
        if index < 32u {
            let i = query_0 + index / 4u * 4u;
            let j = j_0 + 4u * (index % 4u);
            put_left(index / 4u, index % 4u, transpose(mat4x4<f32>(
                weights_at(attention_row(head, i), j), weights_at(attention_row(head, i + 1u), j),
                weights_at(attention_row(head, i + 2u), j), weights_at(attention_row(head, i + 3u), j))));
        } else {
            let j = j_0 + 4u * (index / 8u - 4u);
            let quad = quad_0 + index % 8u;
            put_right(index % 8u, index / 8u - 4u, mat4x4<f32>(
                value_at(head, j, quad), value_at(head, j + 1u, quad), value_at(head, j + 2u, quad),
                value_at(head, j + 3u, quad)));
        }
        sums = add_product(sums, local.xy);
    }

    for (var r = 0u; r < 4u; r++) {
        store(head, query_0 + 4u * local.y + r, quad_0 + local.x, sums[r]);
    }
}
