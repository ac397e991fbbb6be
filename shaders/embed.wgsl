// BERT's input: out[t] = word[id(t)] + position[t] + type[type(t)] (Devlin et al. 2019, arXiv 1810.04805, figure 2).
// One invocation a token and four features.
//
// imports: shared/embedding_f32.wgsl or shared/embedding_q8.wgsl

struct Params {
    tokens: u32,         // T
    width: u32,          // D, a multiple of 4
    word_block: u32,     // features of a word that share a scale; unread where the embeddings are floats
    position_block: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> tokens: array<vec2<u32>>;    // (T) of (id, type)
@group(0) @binding(4) var<storage, read> types: array<vec4<f32>>;     // (2, D)
@group(0) @binding(5) var<storage, read_write> out: array<vec4<f32>>; // (T, D)

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let quads = params.width / 4u;
    if id.x >= params.tokens * quads {
        return;
    }
    let t = id.x / quads;
    let d = id.x % quads;
    let token = tokens[t];
    out[id.x] = word_at(token.x, d) + position_at(t, d) + types[token.y * quads + d];
}
