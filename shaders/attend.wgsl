// What each head reads, out[i, h] = Σ_j attention[h, i, j] · v[j, h], the heads side by side (Vaswani et al. 2017,
// equation 1). A workgroup computes 32 queries x 32 features of one head, an invocation 4 x 4 of it.

struct Params {
    queries: u32,          // T
    keys: u32,             // S
    head_width: u32,       // K
    value_stride: u32,     // floats from one key's value to the next one's
    value_offset: u32,     // where head 0 of key 0 begins
    out_stride: u32,       // H·K
    attention_offset: u32, // where the layer's (H, T, S) begins in attention
    padding: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> attention: array<f32>;  // (L, H, T, S)
@group(0) @binding(2) var<storage, read> value: array<f32>;      // (S, value_stride)
@group(0) @binding(3) var<storage, read_write> out: array<f32>;  // (T, H·K)

const TILE: u32 = 32u;
const DEPTH: u32 = 16u;
const PITCH: u32 = 33u;

var<workgroup> a_tile: array<f32, DEPTH * PITCH>; // (DEPTH keys, TILE queries)
var<workgroup> v_tile: array<f32, DEPTH * PITCH>; // (DEPTH keys, TILE features)

@compute @workgroup_size(8, 8)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>,
        @builtin(local_invocation_index) index: u32) {
    let head = group.z;
    let query_0 = group.y * TILE;
    let feature_0 = group.x * TILE;
    let a_from = params.attention_offset + head * params.queries * params.keys;
    let v_from = params.value_offset + head * params.head_width;
    var sums: array<vec4<f32>, 4>;

    for (var s = 0u; s < params.keys; s += DEPTH) {
        for (var n = index; n < TILE * DEPTH; n += 64u) {
            // Neighbours read neighbours: keys along a row of the attention, features along a row of the values.
            let a_row = n / DEPTH;
            let a_key = n % DEPTH;
            var a = 0.0;
            if query_0 + a_row < params.queries && s + a_key < params.keys {
                a = attention[a_from + (query_0 + a_row) * params.keys + s + a_key];
            }
            a_tile[a_key * PITCH + a_row] = a;
            let v_key = n / TILE;
            let v_feature = n % TILE;
            var v = 0.0;
            if s + v_key < params.keys && feature_0 + v_feature < params.head_width {
                v = value[(s + v_key) * params.value_stride + v_from + feature_0 + v_feature];
            }
            v_tile[v_key * PITCH + v_feature] = v;
        }
        workgroupBarrier();
        for (var d = 0u; d < DEPTH; d++) {
            let at = d * PITCH + 4u * local.y;
            let vt = d * PITCH + 4u * local.x;
            let v = vec4<f32>(v_tile[vt], v_tile[vt + 1u], v_tile[vt + 2u], v_tile[vt + 3u]);
            sums[0] += a_tile[at] * v;
            sums[1] += a_tile[at + 1u] * v;
            sums[2] += a_tile[at + 2u] * v;
            sums[3] += a_tile[at + 3u] * v;
        }
        workgroupBarrier();
    }

    for (var i = 0u; i < 4u; i++) {
        let t = query_0 + 4u * local.y + i;
        for (var j = 0u; j < 4u; j++) {
            let feature = feature_0 + 4u * local.x + j;
            if t < params.queries && feature < params.head_width {
                out[t * params.out_stride + head * params.head_width + feature] = sums[i][j];
            }
        }
    }
}
