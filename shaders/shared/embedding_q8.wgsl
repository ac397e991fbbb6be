// Word and position embeddings as 8-bit integers, a scale for each block of features: e = q · scale.
//
// imports: bytes.wgsl

@group(0) @binding(2) var<storage, read> words: array<u32>;           // (V, D), four bytes each
@group(0) @binding(3) var<storage, read> positions: array<u32>;       // (P, D)
@group(0) @binding(6) var<storage, read> word_scales: array<f32>;     // (V, D/word_block)
@group(0) @binding(7) var<storage, read> position_scales: array<f32>; // (P, D/position_block)

fn word_at(word: u32, quad: u32) -> vec4<f32> {
    let block = params.word_block;
    let scale = word_scales[word * (params.width / block) + 4u * quad / block];
    return scale * bytes(words[word * (params.width / 4u) + quad]);
}

fn position_at(position: u32, quad: u32) -> vec4<f32> {
    let block = params.position_block;
    let scale = position_scales[position * (params.width / block) + 4u * quad / block];
    return scale * bytes(positions[position * (params.width / 4u) + quad]);
}
