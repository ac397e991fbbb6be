// Attention scores of every head, out[h, i, j] = scale · q[h, i] · k[h, j] (Vaswani et al. 2017, arXiv 1706.03762,
// equation 1), MASKED where query i may not see key j: the key is padding, or lies after the query in a causal layer.
// A workgroup computes a 32 x 32 tile of one head, an invocation 4 x 4 of it.

struct Params {
    queries: u32,      // T
    keys: u32,         // S
    head_width: u32,   // K, a multiple of 4
    query_stride: u32, // floats from one query's features to the next one's, a multiple of 4
    query_offset: u32, // where head 0 of query 0 begins, a multiple of 4
    key_stride: u32,
    key_offset: u32,
    causal: u32,       // 1: query i sees keys up to first_query + i
    first_query: u32,  // the position of query 0 among the keys
    scale: f32,
    padding_0: u32,
    padding_1: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> query: array<vec4<f32>>;  // (T, query_stride)
@group(0) @binding(2) var<storage, read> key: array<vec4<f32>>;    // (S, key_stride)
@group(0) @binding(3) var<storage, read> key_mask: array<u32>;     // (S), 0 for padding
@group(0) @binding(4) var<storage, read_write> out: array<f32>;    // (H, T, S)

// Lower than any score; the softmax gives it no weight.
const MASKED: f32 = -3.0e38;
const TILE: u32 = 32u;
const DEPTH: u32 = 16u;
const PITCH: u32 = 33u;

var<workgroup> q_tile: array<f32, DEPTH * PITCH>; // (DEPTH, TILE)
var<workgroup> k_tile: array<f32, DEPTH * PITCH>; // (DEPTH, TILE)

@compute @workgroup_size(8, 8)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>,
        @builtin(local_invocation_index) index: u32) {
    let head = group.z;
    let quads = params.head_width / 4u;
    let query_0 = group.y * TILE;
    let key_0 = group.x * TILE;
    let q_from = params.query_offset / 4u + head * quads;
    let k_from = params.key_offset / 4u + head * quads;
    var sums: array<vec4<f32>, 4>;

    for (var d = 0u; d < params.head_width; d += DEPTH) {
        for (var n = index; n < TILE * DEPTH / 4u; n += 64u) {
            let row = n / (DEPTH / 4u);
            let quad = n % (DEPTH / 4u);
            let in_depth = d / 4u + quad < quads;
            var from_q = vec4<f32>();
            if in_depth && query_0 + row < params.queries {
                from_q = query[(query_0 + row) * (params.query_stride / 4u) + q_from + d / 4u + quad];
            }
            var from_k = vec4<f32>();
            if in_depth && key_0 + row < params.keys {
                from_k = key[(key_0 + row) * (params.key_stride / 4u) + k_from + d / 4u + quad];
            }
            for (var i = 0u; i < 4u; i++) {
                q_tile[(4u * quad + i) * PITCH + row] = from_q[i];
                k_tile[(4u * quad + i) * PITCH + row] = from_k[i];
            }
        }
        workgroupBarrier();
        for (var e = 0u; e < DEPTH; e++) {
            let qs = e * PITCH + 4u * local.y;
            let ks = e * PITCH + 4u * local.x;
            let k = vec4<f32>(k_tile[ks], k_tile[ks + 1u], k_tile[ks + 2u], k_tile[ks + 3u]);
            sums[0] += q_tile[qs] * k;
            sums[1] += q_tile[qs + 1u] * k;
            sums[2] += q_tile[qs + 2u] * k;
            sums[3] += q_tile[qs + 3u] * k;
        }
        workgroupBarrier();
    }

    for (var i = 0u; i < 4u; i++) {
        let t = query_0 + 4u * local.y + i;
        for (var j = 0u; j < 4u; j++) {
            let s = key_0 + 4u * local.x + j;
            if t < params.queries && s < params.keys {
                let hidden = key_mask[s] == 0u || (params.causal == 1u && s > params.first_query + t);
                out[(head * params.queries + t) * params.keys + s] = select(params.scale * sums[i][j], MASKED, hidden);
            }
        }
    }
}
