// A dense layer's weights as 8-bit integers, a scale for each output and `params.block` inputs: w = q · scale.
// A panel's component j holds output j of its four, a byte for each of four inputs.
//
// imports: bytes.wgsl

@group(0) @binding(2) var<storage, read> weight: array<vec4<u32>>; // (⌈I/16⌉·4, ⌈O/4⌉)
@group(0) @binding(6) var<storage, read> scales: array<vec4<f32>>; // (⌈I/block⌉, ⌈O/4⌉)

// The panel `at`, to be multiplied with what `scale` gives for it.
fn panel_at(at: u32) -> mat4x4<f32> {
    let packed = weight[at];
    return mat4x4<f32>(bytes(packed.x), bytes(packed.y), bytes(packed.z), bytes(packed.w));
}

// The four outputs' scales for the 16 inputs of step `step`.
fn scale(step: u32, panel: u32) -> vec4<f32> {
    return scales[16u * step / params.block * ((params.outputs + 3u) / 4u) + panel];
}
