// Softmax of each row, out[j] = exp(x[j] - max x) / Σ exp(x - max x), written into one layer's slice of the attention.
// A masked score gets no weight; a row with nothing but masked scores is all zeros. A workgroup takes one row.
//
// imports: shared/masked.wgsl

struct Params {
    queries: u32,    // T
    keys: u32,       // S
    out_offset: u32, // where the layer's (H, T, S) begins in out
    padding: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> scores: array<f32>;     // (H, T, S)
@group(0) @binding(2) var<storage, read_write> out: array<f32>;  // (L, H, T, S)

const SIZE: u32 = 64u;

var<workgroup> partial: array<f32, SIZE>;

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
    let row = (group.y * params.queries + group.x) * params.keys;

    var largest = MASKED;
    for (var j = index; j < params.keys; j += SIZE) {
        largest = max(largest, scores[row + j]);
    }
    partial[index] = largest;
    for (var half = SIZE / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if index < half {
            partial[index] = max(partial[index], partial[index + half]);
        }
    }
    largest = workgroupUniformLoad(&partial[0]);

    var sum = 0.0;
    for (var j = index; j < params.keys; j += SIZE) {
        let score = scores[row + j];
        let e = select(exp(score - largest), 0.0, score <= MASKED);
        out[params.out_offset + row + j] = e;
        sum += e;
    }
    partial[index] = sum;
    for (var half = SIZE / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if index < half {
            partial[index] += partial[index + half];
        }
    }
    sum = workgroupUniformLoad(&partial[0]);

    // An invocation scales only what it wrote itself.
    let scale = select(1.0 / sum, 0.0, sum == 0.0);
    for (var j = index; j < params.keys; j += SIZE) {
        out[params.out_offset + row + j] *= scale;
    }
}
