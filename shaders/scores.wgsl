// Attention scores in tiles, for rows too long for the fused kernel: a workgroup computes 32 queries x 32 keys of one
// head, an invocation 4 x 4 of them.
//
// imports: shared/masked.wgsl, shared/scores.wgsl, shared/tile.wgsl

@compute @workgroup_size(8, 8)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>,
        @builtin(local_invocation_index) index: u32) {
    let head = group.z;
    let query_0 = TILE * group.y;
    let key_0 = TILE * group.x;
    let place = index % 32u / 4u;
    let quad = index % 4u;
    var sums: mat4x4<f32>;

    for (var d = 0u; d < params.head_width; d += DEPTH) {
        let at = d / 4u + quad;
        let in_head = 4u * at < params.head_width;
        var block = mat4x4<f32>();
        if index < 32u {
            if in_head {
                let i = query_0 + 4u * place;
                block = mat4x4<f32>(query_at(head, i, at), query_at(head, i + 1u, at), query_at(head, i + 2u, at),
                                    query_at(head, i + 3u, at));
            }
            put_left(place, quad, transpose(block));
        } else {
            if in_head {
                let j = key_0 + 4u * place;
                block = mat4x4<f32>(key_at(head, j, at), key_at(head, j + 1u, at), key_at(head, j + 2u, at),
                                    key_at(head, j + 3u, at));
            }
            put_right(place, quad, transpose(block));
        }
        sums = add_product(sums, local.xy);
    }

    for (var r = 0u; r < 4u; r++) {
        let i = query_0 + 4u * local.y + r;
        for (var c = 0u; c < 4u; c++) {
            let j = key_0 + 4u * local.x + c;
            if i < params.queries && j < params.keys {
                out[params.out_offset + (head * params.queries + i) * params.keys + j] = masked(i, j, sums[r][c]);
            }
        }
    }
}
