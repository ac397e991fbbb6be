//! The vectors that the CPU kernels are written over, one type for each instruction set.
//!
//! A kernel is a [`Task`], generic over [`Simd`]; [`dispatch`] runs it on the best set that this machine has. In a
//! browser that is WebAssembly's 128-bit SIMD, which the engine is built with.

/// 1.5 · 2²³, whose last place is 1: added to it, a number below 2²² in size rounds to the nearest integer, ties to even,
/// which the low bits then hold.
pub(crate) const SHIFT: f32 = 12_582_912.0;

/// Arithmetic on vectors of 32-bit floats, and on the integers of a quantised product.
///
/// # Safety
/// Every function needs the instruction set of its type, which [`dispatch`] has checked. `load` and `store` access
/// [`Simd::LANES`] floats from a pointer of any alignment.
#[cfg_attr(
    all(target_arch = "wasm32", feature = "relaxed-simd"),
    allow(dead_code, reason = "that build has its own integer product")
)]
pub(crate) trait Simd: Copy + 'static {
    const LANES: usize;
    /// Rows of a matrix product's tile: as many as keep the accumulators in registers.
    const ROWS: usize;
    type Vector: Copy;
    /// [`Simd::LANES`] 32-bit integers, or twice as many 16-bit ones.
    type Integers: Copy;

    unsafe fn splat(value: f32) -> Self::Vector;
    unsafe fn load(from: *const f32) -> Self::Vector;
    unsafe fn store(to: *mut f32, value: Self::Vector);
    unsafe fn add(a: Self::Vector, b: Self::Vector) -> Self::Vector;
    unsafe fn sub(a: Self::Vector, b: Self::Vector) -> Self::Vector;
    unsafe fn mul(a: Self::Vector, b: Self::Vector) -> Self::Vector;
    unsafe fn div(a: Self::Vector, b: Self::Vector) -> Self::Vector;
    unsafe fn max(a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// a·b + c, rounded once where the set can.
    unsafe fn mul_add(a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;
    unsafe fn abs(a: Self::Vector) -> Self::Vector;
    /// The larger by their bits: of numbers that are not negative, the larger one, or one that is not finite.
    unsafe fn larger_bits(a: Self::Vector, b: Self::Vector) -> Self::Vector;
    /// 2ⁿ for integral n from -126 to 127, of n + [`SHIFT`].
    unsafe fn power_of_two(shifted: Self::Vector) -> Self::Vector;
    /// `yes` in the lanes where a < b, `no` in the others (NaN is not less).
    unsafe fn select_less(
        a: Self::Vector,
        b: Self::Vector,
        yes: Self::Vector,
        no: Self::Vector,
    ) -> Self::Vector;

    /// 32-bit ones.
    unsafe fn integers(value: i32) -> Self::Integers;
    /// 16-bit ones from twice [`Simd::LANES`] 8-bit ones.
    unsafe fn widen(from: *const i8) -> Self::Integers;
    /// The pair of 16-bit ones at `from`, over and over.
    unsafe fn splat_pair(from: *const i16) -> Self::Integers;
    /// For each pair of 16-bit ones, a₀b₀ + a₁b₁ + the 32-bit one of `sum`.
    unsafe fn dot_add(a: Self::Integers, b: Self::Integers, sum: Self::Integers) -> Self::Integers;
    /// From 32-bit ones.
    unsafe fn to_floats(a: Self::Integers) -> Self::Vector;
    /// Rounds to 16-bit integers, ties to even, and stores each two that are neighbours `stride` integers after the
    /// two before. The numbers lie in -32768 to 32767.
    unsafe fn store_pairs(to: *mut i16, stride: usize, a: Self::Vector);

    /// The first lane.
    #[inline(always)]
    unsafe fn first(vector: Self::Vector) -> f32 {
        // SAFETY: the caller's.
        unsafe { Self::reduce(vector, |first, _| first) }
    }

    /// Folds the lanes from first to last.
    #[inline(always)]
    unsafe fn reduce(vector: Self::Vector, mut with: impl FnMut(f32, f32) -> f32) -> f32 {
        let mut lanes = [0.0; 16];
        // SAFETY: no set has more than 16 lanes.
        unsafe { Self::store(lanes.as_mut_ptr(), vector) };
        lanes[1..Self::LANES].iter().fold(lanes[0], |sum, &lane| with(sum, lane))
    }
}

/// The larger of two numbers; `f32::max`, which is a call in WebAssembly, would rather have one that is not NaN.
#[inline(always)]
pub(crate) fn larger(a: f32, b: f32) -> f32 {
    if a < b { b } else { a }
}

/// Something to be done with vectors.
pub(crate) trait Task {
    /// # Safety
    /// The machine has `S`'s instruction set. Implementations are `#[inline(always)]`, so that they are compiled
    /// for it.
    unsafe fn run<S: Simd>(self);
}

/// Runs `task` on the best instruction set here.
pub(crate) fn dispatch(task: impl Task) {
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    // SAFETY: the module would not have loaded without simd128.
    unsafe {
        task.run::<super::simd_wasm::Simd128>();
    }
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    {
        #[cfg(target_arch = "x86_64")]
        if super::simd_x86::available() {
            // SAFETY: just checked.
            unsafe { super::simd_x86::run(task) };
            return;
        }
        // SAFETY: arrays need no instruction set.
        unsafe { task.run::<super::simd_portable::Portable>() };
    }
}

/// Floats in a vector of the set that [`dispatch`] picks.
pub(crate) fn lanes() -> usize {
    struct Lanes<'a>(&'a mut usize);
    impl Task for Lanes<'_> {
        #[inline(always)]
        unsafe fn run<S: Simd>(self) {
            *self.0 = S::LANES;
        }
    }
    let mut lanes = 0;
    dispatch(Lanes(&mut lanes));
    lanes
}

/// The name of the set that [`dispatch`] picks, for people.
pub(crate) fn name() -> &'static str {
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    return if cfg!(feature = "relaxed-simd") { "WebAssembly relaxed SIMD" } else { "WebAssembly SIMD" };
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    {
        #[cfg(target_arch = "x86_64")]
        if super::simd_x86::available() {
            return "AVX2";
        }
        "portable vectors"
    }
}
