// Four signed bytes as floats, the lowest first.
//
// Neither unpack4xI8 nor shifts: a program that runs shaders on a CPU without a shift by lanes does those one by one.
// Turning the sign bits of the lower three over makes those bytes unsigned, 128 too large, and what is left of a masked
// word is the byte times a power of two; all of it is exact in 32-bit floats.

fn bytes(packed: u32) -> vec4<f32> {
    let masked = vec4<u32>(packed ^ 0x00808080u) & vec4<u32>(0xffu, 0xff00u, 0xff0000u, 0xff000000u);
    return vec4<f32>(bitcast<vec4<i32>>(masked)) * vec4<f32>(0x1p0, 0x1p-8, 0x1p-16, 0x1p-24)
        - vec4<f32>(128.0, 128.0, 128.0, 0.0);
}
