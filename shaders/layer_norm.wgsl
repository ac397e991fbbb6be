// Layer normalisation, a workgroup a row.
//
// imports: shared/layer_norm.wgsl

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
