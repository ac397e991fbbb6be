// Scores, mask and softmax in one, for rows of at most CAPACITY keys: a workgroup takes 4 queries of one head and keeps
// their scores in workgroup memory, the four beside each other, until they are weights.
//
// imports: shared/masked.wgsl, shared/scores.wgsl

const CAPACITY: u32 = 512u;
const SIZE: u32 = 64u;

var<workgroup> scores: array<vec4<f32>, CAPACITY>; // (S, 4 queries)
var<workgroup> partial: array<vec4<f32>, SIZE>;

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
    let head = group.y;
    let i = 4u * group.x;
    let quads = params.head_width / 4u;

    // An invocation only reads back what it wrote itself, save for what is reduced.
    var largest = vec4<f32>(MASKED);
    for (var j = index; j < params.keys; j += SIZE) {
        var product = vec4<f32>();
        for (var quad = 0u; quad < quads; quad++) {
            product += key_at(head, j, quad) * mat4x4<f32>(
                query_at(head, i, quad), query_at(head, i + 1u, quad), query_at(head, i + 2u, quad),
                query_at(head, i + 3u, quad));
        }
        let score = vec4<f32>(masked(i, j, product.x), masked(i + 1u, j, product.y), masked(i + 2u, j, product.z),
                              masked(i + 3u, j, product.w));
        scores[j] = score;
        largest = max(largest, score);
    }
    partial[index] = largest;
    for (var half = SIZE / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if index < half {
            partial[index] = max(partial[index], partial[index + half]);
        }
    }
    largest = workgroupUniformLoad(&partial[0]);

    var sum = vec4<f32>();
    for (var j = index; j < params.keys; j += SIZE) {
        let score = scores[j];
        let e = select(exp(score - largest), vec4<f32>(), score <= vec4<f32>(MASKED));
        scores[j] = e;
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

    // A row of nothing but masked scores is zeros.
    let factor = select(1.0 / sum, vec4<f32>(), sum == vec4<f32>());
    let row = params.out_offset + (head * params.queries + i) * params.keys;
    for (var j = index; j < params.keys; j += SIZE) {
        let weights = scores[j] * factor;
        for (var r = 0u; r < 4u; r++) {
            if i + r < params.queries {
                out[row + r * params.keys + j] = weights[r];
            }
        }
    }
}
