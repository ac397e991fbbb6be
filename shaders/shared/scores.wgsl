// What the kernels of attention scores bind: out[h, i, j] = scale · q[h, i] · k[h, j] (Vaswani et al. 2017,
// arXiv 1706.03762, equation 1), MASKED where query i may not see key j: the key is padding, or lies after the query in
// a causal layer.
//
// imports: masked.wgsl

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
    out_offset: u32,   // where the (H, T, S) begins in out
    padding: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> query: array<vec4<f32>>; // (T, query_stride)
@group(0) @binding(2) var<storage, read> key: array<vec4<f32>>;   // (S, key_stride)
@group(0) @binding(3) var<storage, read> key_mask: array<u32>;    // (S), 0 for padding
@group(0) @binding(4) var<storage, read_write> out: array<f32>;   // (H, T, S) from out_offset on

// Four features of a query; of the last one where there is none.
fn query_at(head: u32, i: u32, quad: u32) -> vec4<f32> {
    let row = min(i, params.queries - 1u) * params.query_stride + params.query_offset + head * params.head_width;
    return query[row / 4u + quad];
}

fn key_at(head: u32, j: u32, quad: u32) -> vec4<f32> {
    let row = min(j, params.keys - 1u) * params.key_stride + params.key_offset + head * params.head_width;
    return key[row / 4u + quad];
}

fn masked(i: u32, j: u32, product: f32) -> f32 {
    let hidden = key_mask[j] == 0u || (params.causal == 1u && j > params.first_query + i);
    return select(params.scale * product, MASKED, hidden);
}
