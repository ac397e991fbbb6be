// Layer normalisation, out = (x - mean) / √(variance + ε) · weight + bias over each row's features
// (Ba, Kiros & Hinton 2016, arXiv 1607.06450, equation 4). The variance is taken around the mean, in a second pass
// over the row, since Σx² - mean² loses digits. A workgroup takes one row.

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

const SIZE: u32 = 64u;

var<workgroup> partial: array<f32, SIZE>;

// The sum of every invocation's value, in uniform control flow.
fn total(value: f32, index: u32) -> f32 {
    workgroupBarrier();
    partial[index] = value;
    for (var half = SIZE / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if index < half {
            partial[index] += partial[index + half];
        }
    }
    return workgroupUniformLoad(&partial[0]);
}

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
    let row = group.x * params.width;
    var sum = 0.0;
    for (var d = index; d < params.width; d += SIZE) {
        sum += x[row + d];
    }
    let mean = total(sum, index) / f32(params.width);

    var squares = 0.0;
    for (var d = index; d < params.width; d += SIZE) {
        let centred = x[row + d] - mean;
        squares += centred * centred;
    }
    let variance = total(squares, index) / f32(params.width);
    let scale = inverseSqrt(variance + params.epsilon);

    for (var d = index; d < params.width; d += SIZE) {
        out[row + d] = (x[row + d] - mean) * scale * weight[d] + bias[d];
    }
}
