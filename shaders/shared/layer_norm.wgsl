// What the kernels of layer normalisation bind: out = (x - mean) / √(variance + ε) · weight + bias over each row's
// features (Ba, Kiros & Hinton 2016, arXiv 1607.06450, equation 4). The variance is taken around the mean, in a second
// pass over the row, since Σx² - mean² loses digits.

struct Params {
    rows: u32,  // T
    width: u32, // D
    epsilon: f32,
    padding: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;         // (T, D)
@group(0) @binding(2) var<storage, read> weight: array<f32>;    // (D)
@group(0) @binding(3) var<storage, read> bias: array<f32>;      // (D)
@group(0) @binding(4) var<storage, read_write> out: array<f32>; // (T, D)
