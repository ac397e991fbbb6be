//! A compiler for `wasm32-unknown-unknown`: the one that runs this xtask if its standard library for that
//! target is there or rustup can fetch it, else Debian's, which can build the library from its own package.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, anyhow};

use crate::paths::Paths;
use crate::process::{capture, cargo, without_our_own_package};
use crate::progress::{Progress, say};
use crate::setup::debian;

/// What the page's programs are compiled for.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// The packages that together compile for wasm on Debian without rustup.
const DEBIAN_PACKAGES: [&str; 3] = ["rustc-web", "cargo-web", "rust-web-src"];
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_SOURCE: &str = "/usr/lib/rustlib/src/rust/library";
/// The `rust-version` of Cargo.toml.
const OLDEST_RUST: (u32, u32) = (1, 95);

/// How long rustup may go without a byte arriving.
const RUSTUP_PATIENCE: Duration = Duration::from_secs(20);
/// How long after a failure rustup isn't asked again.
const RUSTUP_PAUSE: Duration = Duration::from_secs(6 * 60 * 60);

/// A compiler that can make the page's programs.
#[derive(Debug, PartialEq, Eq)]
pub enum WasmToolchain {
    /// The one that runs this xtask.
    Ours,
    /// Debian's, building the standard library too, linked by `linker`.
    Debian { linker: PathBuf },
}

impl WasmToolchain {
    /// Finds one, or sets one up. The error names every way that was tried.
    pub fn set_up(paths: &Paths) -> Result<Self> {
        if ours_has_the_target()? {
            return Ok(Self::Ours);
        }
        let rustup = match ask_rustup(paths) {
            Ok(()) => return Ok(Self::Ours),
            Err(error) => error,
        };
        set_up_debian().map_err(|debian| {
            anyhow!(
                "there is no compiler for {TARGET}\n  rustup: {rustup:#}\n  Debian's: {debian:#}\n  \
                 by hand, on a machine with a route to Rust's servers: rustup target add {TARGET}"
            )
        })
    }

    /// Its cargo, in the tree's root, with the folder to build in and the flags for rustc set.
    pub fn cargo(&self, paths: &Paths, rustflags: &str) -> Command {
        let mut command = match self {
            Self::Ours => cargo(),
            Self::Debian { .. } => Command::new(DEBIAN_CARGO),
        };
        without_our_own_package(&mut command);
        command
            .current_dir(&paths.root)
            .env("CARGO_TARGET_DIR", paths.wasm_target())
            .env("RUSTFLAGS", rustflags)
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env_remove("CARGO_BUILD_TARGET");
        if let Self::Debian { linker } = self {
            // rustup's cargo set these for its own compiler; the library path would give Debian's the wrong LLVM.
            for name in ["RUSTUP_TOOLCHAIN", "CARGO", "RUSTDOC", "RUSTC_WRAPPER", "LD_LIBRARY_PATH"] {
                command.env_remove(name);
            }
            command
                .env("RUSTC", DEBIAN_RUSTC)
                .env("RUSTC_BOOTSTRAP", "1")
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        }
        command
    }

    /// What `cargo build` needs besides.
    pub fn build_arguments(&self) -> &'static [&'static str] {
        match self {
            Self::Ours => &["--target", TARGET],
            Self::Debian { .. } => &["--target", TARGET, "-Zbuild-std=std,panic_abort"],
        }
    }
}

fn ours_has_the_target() -> Result<bool> {
    let folder = capture(our_rustc().args(["--print", "target-libdir", "--target", TARGET]))?;
    Ok(Path::new(&folder).read_dir().is_ok_and(|files| {
        files.flatten().any(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
    }))
}

fn our_rustc() -> Command {
    Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
}

/// Has rustup fetch the target, unless it failed to a short while ago.
fn ask_rustup(paths: &Paths) -> Result<()> {
    let failed = paths.cache.join("rustup-target-add-failed");
    let since = fs::metadata(&failed).and_then(|file| file.modified()).ok();
    if since.is_some_and(|since| SystemTime::now().duration_since(since).is_ok_and(|ago| ago < RUSTUP_PAUSE))
    {
        let said = fs::read_to_string(&failed).unwrap_or_default();
        return Err(anyhow!(
            "not asked again within hours of: {} (delete {} to ask now)",
            said.trim(),
            failed.display()
        ));
    }
    let rustup = which::which("rustup").context("it is not on the path")?;
    let mut command = Command::new(&rustup);
    command.args(["target", "add", TARGET]);
    if let Err(error) = wait_while_bytes_arrive(&rustup, &mut command) {
        say(format!("rustup could not get {TARGET}: {error:#}"));
        fs::write(&failed, format!("{error:#}"))?;
        return Err(error);
    }
    Ok(())
}

/// Runs rustup's `command`, and stops it when it has downloaded nothing for too long: without a route to its
/// servers it would try for many minutes.
fn wait_while_bytes_arrive(rustup: &Path, command: &mut Command) -> Result<()> {
    let downloads = capture(Command::new(rustup).args(["show", "home"]))
        .map(|home| Path::new(&home).join("downloads"))?;
    let mut said = tempfile::tempfile()?;
    let progress = Progress::spinner(&format!("rustup target add {TARGET}"));
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(said.try_clone()?).spawn()?;
    let (mut arrived, mut since) = (0, Instant::now());
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        let now = bytes_in(&downloads);
        if now != arrived {
            (arrived, since) = (now, Instant::now());
        }
        if since.elapsed() > RUSTUP_PATIENCE {
            stop(&mut child)?;
            return Err(anyhow!("no answer within {} s", RUSTUP_PATIENCE.as_secs()));
        }
        thread::sleep(Duration::from_millis(100));
    };
    if !status.success() {
        use std::io::{Read, Seek};
        let mut text = String::new();
        said.rewind()?;
        said.read_to_string(&mut text)?;
        let reason = text.lines().find(|line| line.starts_with("error")).unwrap_or("it gave no reason");
        return Err(anyhow!("{reason}"));
    }
    progress.done();
    Ok(())
}

fn stop(child: &mut Child) -> Result<()> {
    child.kill()?;
    child.wait()?;
    Ok(())
}

fn bytes_in(folder: &Path) -> u64 {
    folder
        .read_dir()
        .map(|files| files.flatten().filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum())
        .unwrap_or(0)
}

fn set_up_debian() -> Result<WasmToolchain> {
    let version =
        || capture(Command::new(DEBIAN_RUSTC).arg("--version")).ok().and_then(|said| rust_version(&said));
    let complete = || {
        Path::new(DEBIAN_CARGO).exists()
            && Path::new(DEBIAN_SOURCE).is_dir()
            && version() >= Some(OLDEST_RUST)
    };
    if !complete() {
        debian::ensure(&DEBIAN_PACKAGES, "the page's programs need a compiler for wasm")?;
    }
    if !complete() {
        let (major, minor) = OLDEST_RUST;
        return Err(anyhow!(
            "its {DEBIAN_RUSTC} is not {major}.{minor} or newer, or {DEBIAN_SOURCE} is missing"
        ));
    }
    Ok(WasmToolchain::Debian { linker: find_linker()? })
}

/// LLVM's linker: the one that comes with our own toolchain, or one on the path.
fn find_linker() -> Result<PathBuf> {
    let sysroot = capture(our_rustc().args(["--print", "sysroot"]))?;
    let bundled = Path::new(&sysroot).join("lib/rustlib");
    let of_ours = bundled
        .read_dir()
        .into_iter()
        .flatten()
        .flatten()
        .map(|host| host.path().join("bin/rust-lld"))
        .find(|linker| linker.exists());
    of_ours
        .or_else(|| which::which("rust-lld").ok())
        .or_else(|| which::which("wasm-ld").ok())
        .with_context(|| format!("there is no rust-lld in {} and no wasm-ld on the path", bundled.display()))
}

/// The (major, minor) of `rustc 1.96.0 (...)`.
fn rust_version(said: &str) -> Option<(u32, u32)> {
    let mut numbers = said.split_whitespace().nth(1)?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rust_version_is_read_from_what_rustc_says() {
        assert_eq!(
            rust_version("rustc 1.96.0 (ac68faa20 2026-05-25) (built from a source tarball)"),
            Some((1, 96))
        );
        assert_eq!(rust_version("rustc"), None);
    }
}
