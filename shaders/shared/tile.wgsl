// The product that scores, dense layers and attention × values have in common: 64 invocations multiply a 32 x 16 tile
// by a 16 x 32 one, each 4 x 4 of the result. Both lie in workgroup memory with the 16 first, so that an invocation
// reads four neighbours at once; a row is one vector longer than needed, so that a column's lie in different banks.
// Each tile is 32 blocks of 4 x 4; the first 32 invocations fill the left tile, a block each, the others the right one.

const TILE: u32 = 32u;
const DEPTH: u32 = 16u;
const PITCH: u32 = 9u; // vectors of 4

var<workgroup> left: array<array<vec4<f32>, PITCH>, DEPTH>;  // (DEPTH, TILE)
var<workgroup> right: array<array<vec4<f32>, PITCH>, DEPTH>; // (DEPTH, TILE)

// `block` has a vector of 4 rows or columns for each of 4 depths.
fn put_left(place: u32, quad: u32, block: mat4x4<f32>) {
    left[4u * quad][place] = block[0];
    left[4u * quad + 1u][place] = block[1];
    left[4u * quad + 2u][place] = block[2];
    left[4u * quad + 3u][place] = block[3];
}

fn put_right(place: u32, quad: u32, block: mat4x4<f32>) {
    right[4u * quad][place] = block[0];
    right[4u * quad + 1u][place] = block[1];
    right[4u * quad + 2u][place] = block[2];
    right[4u * quad + 3u][place] = block[3];
}

// `sums`, a vector for each of rows 4·at.y to 4·at.y + 3, and the tiles' product at columns 4·at.x to 4·at.x + 3.
fn add_product(sums: mat4x4<f32>, at: vec2<u32>) -> mat4x4<f32> {
    workgroupBarrier();
    var result = sums;
    for (var d = 0u; d < DEPTH; d++) {
        let rows = left[d][at.y];
        let columns = right[d][at.x];
        result[0] += rows.x * columns;
        result[1] += rows.y * columns;
        result[2] += rows.z * columns;
        result[3] += rows.w * columns;
    }
    workgroupBarrier();
    return result;
}
