// What the kernels of attention × values bind: what each head reads, out[i, h] = Σ_j attention[h, i, j] · v[j, h], the
// heads side by side (Vaswani et al. 2017, arXiv 1706.03762, equation 1).

struct Params {
    queries: u32,          // T
    keys: u32,             // S
    head_width: u32,       // K, a multiple of 4
    value_stride: u32,     // floats from one key's value to the next one's, a multiple of 4
    value_offset: u32,     // where head 0 of key 0 begins, a multiple of 4
    out_stride: u32,       // H·K
    attention_offset: u32, // where the layer's (H, T, S) begins in attention
    out_offset: u32,       // where head 0 of query 0 begins in the output, a multiple of 4
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> attention: array<f32>;       // (L, H, T, S)
@group(0) @binding(2) var<storage, read> value: array<vec4<f32>>;     // (S, value_stride)
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f32>>; // (T, H·K)

// Four features of a key's value; nothing where there is no such key or feature.
fn value_at(head: u32, j: u32, quad: u32) -> vec4<f32> {
    if j < params.keys && 4u * quad < params.head_width {
        return value[(j * params.value_stride + params.value_offset + head * params.head_width) / 4u + quad];
    }
    return vec4<f32>();
}

// Where query i of a head begins in attention; the last one's place where there is none.
fn attention_row(head: u32, i: u32) -> u32 {
    return params.attention_offset + (head * params.queries + min(i, params.queries - 1u)) * params.keys;
}

fn store(head: u32, i: u32, quad: u32, sums: vec4<f32>) {
    if i < params.queries && 4u * quad < params.head_width {
        out[(params.out_offset + i * params.out_stride + head * params.head_width) / 4u + quad] = sums;
    }
}
