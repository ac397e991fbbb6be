// Attention × values in registers alone, for programs that run shaders on a CPU (see linear_registers.wgsl): an
// invocation computes 8 queries x 8 features of one head.
//
// imports: shared/attend.wgsl

const ROWS: u32 = 8u;

// Four features of each of 8 queries.
struct Sums {
    row_0: vec4<f32>,
    row_1: vec4<f32>,
    row_2: vec4<f32>,
    row_3: vec4<f32>,
    row_4: vec4<f32>,
    row_5: vec4<f32>,
    row_6: vec4<f32>,
    row_7: vec4<f32>,
}

fn store_all(head: u32, i: u32, quad: u32, sums: Sums) {
    store(head, i + 0u, quad, sums.row_0);
    store(head, i + 1u, quad, sums.row_1);
    store(head, i + 2u, quad, sums.row_2);
    store(head, i + 3u, quad, sums.row_3);
    store(head, i + 4u, quad, sums.row_4);
    store(head, i + 5u, quad, sums.row_5);
    store(head, i + 6u, quad, sums.row_6);
    store(head, i + 7u, quad, sums.row_7);
}

@compute @workgroup_size(4)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let head = id.z;
    let i = ROWS * id.y;
    let quad = 2u * id.x;
    if 4u * quad >= params.head_width {
        return;
    }
    let row_0 = attention_row(head, i + 0u);
    let row_1 = attention_row(head, i + 1u);
    let row_2 = attention_row(head, i + 2u);
    let row_3 = attention_row(head, i + 3u);
    let row_4 = attention_row(head, i + 4u);
    let row_5 = attention_row(head, i + 5u);
    let row_6 = attention_row(head, i + 6u);
    let row_7 = attention_row(head, i + 7u);
    var sums_0: Sums;
    var sums_1: Sums;
    for (var j = 0u; j < params.keys; j++) {
        let value_0 = value_at(head, j, quad);
        let value_1 = value_at(head, j, quad + 1u);
        let weight_0 = attention[row_0 + j];
        sums_0.row_0 += weight_0 * value_0;
        sums_1.row_0 += weight_0 * value_1;
        let weight_1 = attention[row_1 + j];
        sums_0.row_1 += weight_1 * value_0;
        sums_1.row_1 += weight_1 * value_1;
        let weight_2 = attention[row_2 + j];
        sums_0.row_2 += weight_2 * value_0;
        sums_1.row_2 += weight_2 * value_1;
        let weight_3 = attention[row_3 + j];
        sums_0.row_3 += weight_3 * value_0;
        sums_1.row_3 += weight_3 * value_1;
        let weight_4 = attention[row_4 + j];
        sums_0.row_4 += weight_4 * value_0;
        sums_1.row_4 += weight_4 * value_1;
        let weight_5 = attention[row_5 + j];
        sums_0.row_5 += weight_5 * value_0;
        sums_1.row_5 += weight_5 * value_1;
        let weight_6 = attention[row_6 + j];
        sums_0.row_6 += weight_6 * value_0;
        sums_1.row_6 += weight_6 * value_1;
        let weight_7 = attention[row_7 + j];
        sums_0.row_7 += weight_7 * value_0;
        sums_1.row_7 += weight_7 * value_1;
    }
    store_all(head, i, quad, sums_0);
    store_all(head, i, quad + 1u, sums_1);
}
