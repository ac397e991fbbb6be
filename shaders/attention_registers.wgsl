// Scores, mask and softmax in one and in registers alone, for programs that run shaders on a CPU (see
// linear_registers.wgsl): an invocation takes 8 queries of one head, whose scores it computes for 8 keys at a time and
// keeps in out until it has seen them all.
//
// imports: shared/masked.wgsl, shared/scores.wgsl

const ROWS: u32 = 8u;

// A vector for each of 8 queries: four of its features, or its scores for four keys.
struct Rows {
    row_0: vec4<f32>,
    row_1: vec4<f32>,
    row_2: vec4<f32>,
    row_3: vec4<f32>,
    row_4: vec4<f32>,
    row_5: vec4<f32>,
    row_6: vec4<f32>,
    row_7: vec4<f32>,
}

fn queries_at(head: u32, i: u32, quad: u32) -> Rows {
    return Rows(
        query_at(head, i + 0u, quad),
        query_at(head, i + 1u, quad),
        query_at(head, i + 2u, quad),
        query_at(head, i + 3u, quad),
        query_at(head, i + 4u, quad),
        query_at(head, i + 5u, quad),
        query_at(head, i + 6u, quad),
        query_at(head, i + 7u, quad),
    );
}

fn keys_at(head: u32, j: u32, quad: u32) -> mat4x4<f32> {
    return mat4x4<f32>(key_at(head, j, quad), key_at(head, j + 1u, quad), key_at(head, j + 2u, quad),
                       key_at(head, j + 3u, quad));
}

fn add(sums: Rows, queries: Rows, keys: mat4x4<f32>) -> Rows {
    return Rows(
        sums.row_0 + queries.row_0 * keys,
        sums.row_1 + queries.row_1 * keys,
        sums.row_2 + queries.row_2 * keys,
        sums.row_3 + queries.row_3 * keys,
        sums.row_4 + queries.row_4 * keys,
        sums.row_5 + queries.row_5 * keys,
        sums.row_6 + queries.row_6 * keys,
        sums.row_7 + queries.row_7 * keys,
    );
}

fn put(row: u32, i: u32, j: u32, product: f32) {
    if j < params.keys {
        out[row + j] = masked(i, j, product);
    }
}

// Writes the scores of 8 queries for the keys from j to j + 3.
fn store(head: u32, i: u32, j: u32, sums: Rows) {
    var rows = array<vec4<f32>, ROWS>(
        sums.row_0, sums.row_1, sums.row_2, sums.row_3, sums.row_4, sums.row_5, sums.row_6, sums.row_7);
    for (var r = 0u; r < ROWS && i + r < params.queries; r++) {
        let row = params.out_offset + (head * params.queries + i + r) * params.keys;
        let products = rows[r];
        put(row, i + r, j, products.x);
        put(row, i + r, j + 1u, products.y);
        put(row, i + r, j + 2u, products.z);
        put(row, i + r, j + 3u, products.w);
    }
}

// Makes the scores from out[row] on weights. A row of nothing but masked scores is zeros.
fn softmax(row: u32) {
    var largest = MASKED;
    for (var j = 0u; j < params.keys; j++) {
        largest = max(largest, out[row + j]);
    }
    var sum = 0.0;
    for (var j = 0u; j < params.keys; j++) {
        let score = out[row + j];
        let e = select(exp(score - largest), 0.0, score <= MASKED);
        out[row + j] = e;
        sum += e;
    }
    let factor = select(1.0 / sum, 0.0, sum == 0.0);
    for (var j = 0u; j < params.keys; j++) {
        out[row + j] *= factor;
    }
}

@compute @workgroup_size(4)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let head = id.y;
    let i = ROWS * id.x;
    if i >= params.queries {
        return;
    }
    for (var j = 0u; j < params.keys; j += 8u) {
        // Without a value, SwiftShader would go on with that of the keys before.
        var sums_0 = Rows();
        var sums_1 = Rows();
        for (var quad = 0u; quad < params.head_width / 4u; quad++) {
            let queries = queries_at(head, i, quad);
            sums_0 = add(sums_0, queries, keys_at(head, j, quad));
            sums_1 = add(sums_1, queries, keys_at(head, j + 4u, quad));
        }
        store(head, i, j, sums_0);
        store(head, i, j + 4u, sums_1);
    }
    for (var r = 0u; r < ROWS && i + r < params.queries; r++) {
        softmax(params.out_offset + (head * params.queries + i + r) * params.keys);
    }
}
