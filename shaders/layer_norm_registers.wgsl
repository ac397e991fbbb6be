// Layer normalisation without workgroup memory, for programs that run shaders on a CPU (see linear_registers.wgsl): an
// invocation a row.
//
// imports: shared/layer_norm.wgsl

@compute @workgroup_size(4)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= params.rows {
        return;
    }
    let row = id.x * params.width;
    var sum = 0.0;
    for (var d = 0u; d < params.width; d++) {
        sum += x[row + d];
    }
    let mean = sum / f32(params.width);

    var squares = 0.0;
    for (var d = 0u; d < params.width; d++) {
        let centred = x[row + d] - mean;
        squares += centred * centred;
    }
    let scale = inverseSqrt(squares / f32(params.width) + params.epsilon);

    for (var d = 0u; d < params.width; d++) {
        out[row + d] = (x[row + d] - mean) * scale * weight[d] + bias[d];
    }
}
