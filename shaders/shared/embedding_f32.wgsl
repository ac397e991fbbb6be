// Word and position embeddings as floats.

@group(0) @binding(2) var<storage, read> words: array<vec4<f32>>;     // (V, D)
@group(0) @binding(3) var<storage, read> positions: array<vec4<f32>>; // (P, D)

fn word_at(word: u32, quad: u32) -> vec4<f32> {
    return words[word * (params.width / 4u) + quad];
}

fn position_at(position: u32, quad: u32) -> vec4<f32> {
    return positions[position * (params.width / 4u) + quad];
}
