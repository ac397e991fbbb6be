// A dense layer's weights as floats. A panel's column j is output j of its four, over four inputs.

@group(0) @binding(2) var<storage, read> weight: array<mat4x4<f32>>; // (⌈I/16⌉·4, ⌈O/4⌉)

// The panel `at`, to be multiplied with what `scale` gives for it.
fn panel_at(at: u32) -> mat4x4<f32> {
    return weight[at];
}

// The four outputs' scales for the 16 inputs of step `step`.
fn scale(step: u32, panel: u32) -> vec4<f32> {
    return vec4<f32>(1.0);
}
