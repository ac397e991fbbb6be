//! A Vulkan driver for the native tests: the machine's own, or Mesa's lavapipe, which computes on the CPU.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::paths::in_ci;
use crate::progress::say;
use crate::setup::debian;

/// What the native tests' environment needs so that they find a driver.
#[derive(Debug, PartialEq, Eq)]
pub struct Vulkan {
    /// A driver is certainly there, so that a test that finds none has failed.
    required: bool,
    /// The only driver to load.
    only: Option<PathBuf>,
}

impl Vulkan {
    /// Looks for a driver and installs lavapipe where there is none. In CI it is always lavapipe that runs the
    /// tests, so that every run computes the same, unless the environment names a driver.
    pub fn find() -> Self {
        if (drivers().is_empty() || (in_ci() && lavapipe().is_none()) || !loader_is_here())
            && let Err(error) = debian::ensure(
                &["mesa-vulkan-drivers", "libvulkan1"],
                "the native tests need a Vulkan driver",
            )
        {
            say(format!("{error:#}"));
        }
        let chosen =
            ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"].iter().any(|name| std::env::var_os(name).is_some());
        let lavapipe = lavapipe();
        Self { required: in_ci() || lavapipe.is_some(), only: lavapipe.filter(|_| in_ci() && !chosen) }
    }

    /// Tells `command` about it.
    pub fn set(&self, command: &mut Command) {
        if self.required {
            command.env("ATTENTION_MAP_REQUIRE_GPU", "1");
        }
        if let Some(driver) = &self.only {
            command.env("VK_DRIVER_FILES", driver);
        }
    }
}

/// The manifests of the drivers that the Vulkan loader would find.
fn drivers() -> Vec<PathBuf> {
    let named = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"]
        .iter()
        .filter_map(std::env::var_os)
        .flat_map(|files| std::env::split_paths(&files).collect::<Vec<_>>())
        .filter(|file| file.exists());
    let folders = ["/etc", "/usr/share", "/usr/local/share", "/usr/local/etc"].map(PathBuf::from);
    let found = folders
        .into_iter()
        .chain(dirs::data_dir())
        .filter_map(|folder| folder.join("vulkan/icd.d").read_dir().ok())
        .flat_map(|folder| folder.flatten().map(|entry| entry.path()))
        .filter(|file| file.extension().is_some_and(|extension| extension == "json"));
    named.chain(found).collect()
}

fn lavapipe() -> Option<PathBuf> {
    drivers()
        .into_iter()
        .find(|driver| driver.file_name().is_some_and(|name| name.to_string_lossy().starts_with("lvp_icd")))
}

/// Whether the library that finds drivers is there. Only asked of systems with dpkg; others are believed.
fn loader_is_here() -> bool {
    !debian::is_here()
        || debian::installed("libvulkan1")
        || Path::new("/usr/local/lib/libvulkan.so.1").exists()
}
