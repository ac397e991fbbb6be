// What the tiled kernels of a dense layer read: four inputs of a row; nothing where there is no such row or input.
//
// imports: dense.wgsl

@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>; // (T, I)

fn inputs_at(row: u32, quad: u32) -> vec4<f32> {
    let quads = params.inputs / 4u;
    if row < params.rows && quad < quads {
        return x[row * quads + quad];
    }
    return vec4<f32>();
}
