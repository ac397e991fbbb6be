// A dense layer, out = f(x Wᵀ + b) + r, with f the identity or GELU and r an optional residual.
// A workgroup computes a 32 x 32 tile of out, an invocation 4 x 4 of it, from tiles of x and W in workgroup memory.
//
// imports: shared/gelu.wgsl

struct Params {
    rows: u32,    // T
    inputs: u32,  // I, a multiple of 4
    outputs: u32, // O
    padding: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;       // (T, I)
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;  // (O, I)
@group(0) @binding(3) var<storage, read> bias: array<f32>;          // (O)
@group(0) @binding(4) var<storage, read> residual: array<f32>;      // (T, O), read only where RESIDUAL
@group(0) @binding(5) var<storage, read_write> out: array<f32>;     // (T, O)

override GELU: bool = false;
override RESIDUAL: bool = false;

const TILE: u32 = 32u;
const DEPTH: u32 = 16u;
// A tile's row is one longer than needed, so that a column's elements lie in different banks.
const PITCH: u32 = 33u;

var<workgroup> x_tile: array<f32, DEPTH * PITCH>; // (DEPTH, TILE)
var<workgroup> w_tile: array<f32, DEPTH * PITCH>; // (DEPTH, TILE)

@compute @workgroup_size(8, 8)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>,
        @builtin(local_invocation_index) index: u32) {
    let quads = params.inputs / 4u;
    let row_0 = group.y * TILE;
    let column_0 = group.x * TILE;
    var sums: array<vec4<f32>, 4>;

    for (var k = 0u; k < params.inputs; k += DEPTH) {
        // 128 quads a tile, two an invocation: quad q is row q/4, features 4(q%4) on.
        for (var q = index; q < TILE * DEPTH / 4u; q += 64u) {
            let row = q / (DEPTH / 4u);
            let quad = q % (DEPTH / 4u);
            let in_depth = k / 4u + quad < quads;
            var from_x = vec4<f32>();
            if in_depth && row_0 + row < params.rows {
                from_x = x[(row_0 + row) * quads + k / 4u + quad];
            }
            var from_w = vec4<f32>();
            if in_depth && column_0 + row < params.outputs {
                from_w = weight[(column_0 + row) * quads + k / 4u + quad];
            }
            for (var i = 0u; i < 4u; i++) {
                x_tile[(4u * quad + i) * PITCH + row] = from_x[i];
                w_tile[(4u * quad + i) * PITCH + row] = from_w[i];
            }
        }
        workgroupBarrier();
        for (var d = 0u; d < DEPTH; d++) {
            let xs = d * PITCH + 4u * local.y;
            let ws = d * PITCH + 4u * local.x;
            let w = vec4<f32>(w_tile[ws], w_tile[ws + 1u], w_tile[ws + 2u], w_tile[ws + 3u]);
            sums[0] += x_tile[xs] * w;
            sums[1] += x_tile[xs + 1u] * w;
            sums[2] += x_tile[xs + 2u] * w;
            sums[3] += x_tile[xs + 3u] * w;
        }
        workgroupBarrier();
    }

    for (var i = 0u; i < 4u; i++) {
        let row = row_0 + 4u * local.y + i;
        for (var j = 0u; j < 4u; j++) {
            let column = column_0 + 4u * local.x + j;
            if row < params.rows && column < params.outputs {
                var value = sums[i][j] + bias[column];
                if GELU {
                    value = gelu_erf(value);
                }
                if RESIDUAL {
                    value += residual[row * params.outputs + column];
                }
                out[row * params.outputs + column] = value;
            }
        }
    }
}
