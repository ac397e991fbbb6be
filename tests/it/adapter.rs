//! The GPU that tests run on: whatever Vulkan offers, lavapipe where there is no other.

use std::rc::Rc;

use attention_map::gpu::Gpu;

/// None, with a line that says so, where there is no adapter; a failure where one is required, as in CI.
pub fn gpu() -> Option<Rc<Gpu>> {
    match pollster::block_on(Gpu::new(true)) {
        Ok(gpu) => gpu.map(Rc::new),
        Err(error) => {
            // `cargo xtask test` asks for it.
            assert!(
                std::env::var_os("ATTENTION_MAP_REQUIRE_GPU").is_none(),
                "a GPU adapter is required here (install mesa-vulkan-drivers): {error}"
            );
            eprintln!("SKIP: {error}");
            None
        }
    }
}
