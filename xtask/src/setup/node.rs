//! Node, and the npm packages that the tree pins.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::paths::{Paths, remove_leftovers, temporary_folder};
use crate::process::{capture, run_quietly};
use crate::progress::say;
use crate::setup::key;

/// Packages that are installed together.
pub struct Packages {
    /// The folder of their package.json and its lock file.
    manifest: &'static str,
    /// Some of them, for people who wait.
    what: &'static str,
    /// The folders of programs that import the packages. Each gets a link called `node_modules`, since that is
    /// the one way that an ES module finds a package.
    importers: &'static [&'static str],
}

/// playwright-core and axe-core for the browser tests, onnxruntime-web for the bench, binaryen for its wasm-opt and
/// esbuild for bundles of the element.
pub const TOOLS: Packages = Packages {
    manifest: "tests/browser",
    what: "playwright-core, axe-core, onnxruntime-web, binaryen, esbuild",
    importers: &["tests/browser", "benches/browser"],
};
/// What the tests of `tests/hosts` build pages with.
pub const HOSTS: Packages =
    Packages { manifest: "tests/hosts", what: "Vite, Docusaurus, TypeScript", importers: &["tests/hosts"] };

/// Major and minor version: the first 20 that is told how many tests run at once.
const OLDEST_NODE: [u32; 2] = [20, 10];

/// A Node that is new enough, and the packages, installed.
#[derive(Debug)]
pub struct Node {
    program: PathBuf,
    /// The `node_modules` folder.
    packages: PathBuf,
    /// Of package.json and its lock file.
    key: String,
}

impl Node {
    /// Finds Node and installs the packages into the cache where they are not there yet.
    pub fn set_up(paths: &Paths, wanted: &Packages) -> Result<Self> {
        let program = find_node()?;
        let manifest_folder = paths.root.join(wanted.manifest);
        let read = |name: &str| {
            let path = manifest_folder.join(name);
            fs::read(&path).with_context(|| format!("could not read {}", path.display()))
        };
        let (manifest, lock_file) = (read("package.json")?, read("package-lock.json")?);
        let key = key(&[&manifest, &lock_file]);
        let folder = paths.cache.join("node").join(&key);
        let packages = folder.join("node_modules");
        if !packages.is_dir() {
            let _lock = paths.lock("node")?;
            if !packages.is_dir() {
                install(wanted, &paths.cache.join("node"), &folder, [&manifest, &lock_file])?;
            }
        }
        let node = Self { program, packages, key };
        for importer in wanted.importers {
            node.link(&paths.root.join(importer))?;
        }
        Ok(node)
    }

    /// Node, in the tree's root, to be given a script.
    pub fn command(&self, paths: &Paths) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(&paths.root);
        command
    }

    /// A file of the package called `package`.
    pub fn file(&self, package: &str, file: &str) -> PathBuf {
        self.packages.join(package).join(file)
    }

    /// Names the set of packages: another set has another key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Makes the packages importable from the modules in `folder`.
    fn link(&self, folder: &Path) -> Result<()> {
        let link = folder.join("node_modules");
        if !folder.is_dir() || fs::read_link(&link).is_ok_and(|target| target == self.packages) {
            return Ok(());
        }
        if link.is_dir() && !link.is_symlink() {
            say(format!("{} is a folder and no link to the cache; using it as it is", link.display()));
            return Ok(());
        }
        let make = || -> Result<()> {
            let temporary = temporary_folder(folder)?;
            let new = temporary.path().join("link");
            symlink(&self.packages, &new)?;
            fs::rename(&new, &link)?;
            Ok(())
        };
        make().with_context(|| format!("could not link {} to {}", link.display(), self.packages.display()))
    }
}

fn find_node() -> Result<PathBuf> {
    let [major, minor] = OLDEST_NODE;
    let by_hand = format!("install Node {major}.{minor} or newer with npm, and put it on the path");
    let program = which::which("node").with_context(|| format!("there is no node; {by_hand}"))?;
    let version = capture(Command::new(&program).arg("--version"))?;
    let numbers = version.trim_start_matches('v').split('.').map_while(|number| number.parse::<u32>().ok());
    if numbers.lt(OLDEST_NODE) {
        bail!("{} is Node {version}; {by_hand}", program.display());
    }
    Ok(program)
}

fn install(wanted: &Packages, all: &Path, folder: &Path, files: [&[u8]; 2]) -> Result<()> {
    let [manifest, lock_file] = files;
    let npm = which::which("npm").context("there is node but no npm; install npm and put it on the path")?;
    fs::create_dir_all(all)?;
    remove_leftovers(all)?;
    let temporary = temporary_folder(all)?;
    fs::write(temporary.path().join("package.json"), manifest)?;
    fs::write(temporary.path().join("package-lock.json"), lock_file)?;
    let mut command = Command::new(npm);
    command.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(temporary.path());
    run_quietly(&format!("npm ci ({})", wanted.what), &mut command).with_context(|| {
        format!("the packages of {}/package.json could not be installed", wanted.manifest)
    })?;
    fs::rename(temporary.path(), folder)
        .with_context(|| format!("could not move the packages to {}", folder.display()))
}
