//! The page as a static site: the WebAssembly programs, the files of `www/`, the models.
//!
//! The site works on any static host at any path, since every address in it is relative to the file that
//! holds it.

mod bundle;
mod files;
mod later;
mod models;
mod npm;
mod sizes;
mod split;
mod standalone;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use attention_map::model::MODELS;

use crate::paths::{Paths, write_whole};
use crate::process::run as run_command;
use crate::progress::say;
use crate::setup::node::{Node, TOOLS};
use crate::setup::target;
use crate::setup::wasm::{TARGET, WasmToolchain};
use crate::{absolute, book, model};

use bundle::Bundler;
use files::{copy_changed, files_below, remove_leftovers_below};

pub use files::replace;

#[derive(clap::Args)]
pub struct Arguments {
    /// The folder to write the site to [default: dist in the repository's root].
    #[arg(long, value_name = "FOLDER")]
    base_out: Option<PathBuf>,
    /// The programs to compile; what an earlier build made of the others stays [default: all].
    #[arg(long, value_name = "PROGRAMS", value_delimiter = ',')]
    only: Vec<String>,
    /// Keep the names of functions, for the browser's profiler; the programs are as fast, but larger.
    #[arg(long)]
    names: bool,
}

/// A program that runs in the browser.
struct Program {
    /// Of the files that come of it: `<name>.js` and `<name>_bg.wasm`.
    name: &'static str,
    binary: &'static str,
    /// The package's features that it's built with.
    features: &'static str,
    built: Optimised,
    /// Cut in two, of which a browser gets one after the first map.
    halves: bool,
}

/// What a program is built for.
struct Optimised {
    /// How far the package itself is optimised, and what it depends on.
    opt_levels: [&'static str; 2],
    /// And what wasm-opt makes of both.
    wasm_opt: &'static [&'static str],
}

const SMALL: Optimised = Optimised {
    opt_levels: ["'z'", "'z'"],
    // Functions that are called once stay apart, because like code lies closer together then, which compresses better. The lowest
    // addresses are the end of the stack, which no program comes near; without them an address and what is added to it are one
    // instruction.
    wasm_opt: &["-Oz", "--one-caller-inline-max-function-size=0", "--converge", "--low-memory-unused"],
};
/// The kernels are in the package.
const FAST: Optimised = Optimised { opt_levels: ["3", "'s'"], wasm_opt: &["-O3", "--low-memory-unused"] };
/// Nearly all of the time goes into matrix products, which are a library's.
const QUICK: Optimised = Optimised { opt_levels: ["'s'", "3"], wasm_opt: &["-O3"] };

const PROGRAMS: [Program; 6] = [
    Program { name: "app", binary: "app", features: "inspections", built: SMALL, halves: true },
    // Paints what was stored; the app takes its place when a reader runs the text.
    Program { name: "viewer", binary: "viewer", features: "page", built: SMALL, halves: false },
    // Loaded when a reader opens that part.
    Program { name: "lab", binary: "lab", features: "lab", built: SMALL, halves: false },
    // `www/engine-build.js` picks the build.
    Program { name: "engine", binary: "engine", features: "worker", built: FAST, halves: false },
    Program {
        name: "engine_relaxed",
        binary: "engine",
        features: "worker,relaxed-simd",
        built: FAST,
        halves: false,
    },
    // Loaded by the page on which a model learns.
    Program { name: "trainer", binary: "trainer", features: "trainer", built: QUICK, halves: false },
];

/// The style sheets as the site has them.
const STYLE: &str = "style.js";
/// And in src/page/style/, in their order.
const SHEETS: [&str; 5] = ["base.css", "text.css", "maps.css", "explorer.css", "sizes.css"];

/// All programs get the same, so that the standard library and what they share is compiled once.
const TARGET_FEATURES: &str = "-Ctarget-feature=+simd128,+bulk-memory,+nontrapping-fptoint,+sign-ext,\
                               +mutable-globals,+reference-types,+multivalue";

/// `cargo xtask build`: the site with the book in it.
pub fn run(paths: &Paths, arguments: &Arguments) -> Result<()> {
    let out = arguments.base_out.as_deref().map_or_else(|| Ok(paths.dist()), absolute)?;
    let known = PROGRAMS.map(|program| program.name);
    if let Some(unknown) = arguments.only.iter().find(|name| !known.contains(&name.as_str())) {
        bail!("--only {unknown}: the programs are {}", known.join(", "));
    }
    if arguments.only.is_empty() {
        build(paths, &out)?;
        return book::write(paths, &out);
    }
    build_some(paths, &out, arguments.names, |program| arguments.only.iter().any(|name| name == program.name))
}

/// Writes the site without the book to `out`. What an earlier build put there and this one doesn't is removed; nothing else is.
pub fn build(paths: &Paths, out: &Path) -> Result<()> {
    build_some(paths, out, false, |_| true)
}

fn build_some(paths: &Paths, out: &Path, names: bool, wanted: impl Fn(&Program) -> bool) -> Result<()> {
    model::ensure_all(paths)?;
    let toolchain = WasmToolchain::set_up(paths)?;
    let node = Node::set_up(paths, &TOOLS).map_err(|error| {
        say(format!(
            "without wasm-opt, which makes the programs smaller and faster, and without {} and {}/: {error:#}",
            standalone::NAME,
            npm::FOLDER,
        ));
    });
    let node = node.ok();
    let bundler = Bundler::new(paths, node.as_ref(), names);
    let bundles = {
        let cargo = toolchain.cargo(paths, &rustflags());
        let _lock = target::hold(
            paths,
            "wasm",
            &paths.wasm_target(),
            cargo,
            &["--profile", "web", "--target", TARGET],
        )?;
        // One after the other: two programs may be builds of one binary.
        PROGRAMS
            .iter()
            .filter(|program| wanted(program))
            .map(|program| {
                let compiled = compile(paths, &toolchain, program)?;
                bundler.bundle(program.name, program.built.wasm_opt, program.halves, &compiled)
            })
            .collect::<Result<Vec<PathBuf>>>()?
    };
    let _lock = paths.lock("site")?;
    remove_leftovers_below(out)?;
    let mut written = BTreeSet::new();
    for folder in bundles.iter().map(PathBuf::as_path).chain([paths.root.join("www").as_path()]) {
        for file in files_below(folder)? {
            copy_changed(&folder.join(&file), &out.join(&file))?;
            written.insert(file);
        }
    }
    write_whole(&out.join(STYLE), style(paths)?.as_bytes())?;
    written.insert(PathBuf::from(STYLE));
    for program in PROGRAMS.iter().filter(|program| !wanted(program)) {
        let files = [".js", "_bg.wasm", "_later_bg.wasm"].map(|end| format!("{}{end}", program.name));
        written.extend(files.into_iter().map(PathBuf::from).filter(|file| out.join(file).is_file()));
    }
    // Of some programs alone there is nothing to pack.
    let whole = PROGRAMS.iter().all(|program| out.join(format!("{}_bg.wasm", program.name)).is_file());
    if let Some(node) = node.as_ref().filter(|_| whole) {
        written.insert(standalone::write(paths, node, out)?);
        written.extend(npm::write(paths, node, out)?);
    }
    for spec in MODELS {
        written.extend(models::write(paths, spec, out)?);
    }
    sizes::print(&sizes::finish(out, &written)?);
    say(format!("the site is in {}", paths.shown(out)));
    Ok(())
}

/// The style sheets of the element's shadow root as a module.
fn style(paths: &Paths) -> Result<String> {
    let folder = paths.root.join("src/page/style");
    let unlisted: Vec<_> = files_below(&folder)?
        .into_iter()
        .filter(|file| !SHEETS.iter().any(|known| file == Path::new(known)))
        .collect();
    ensure!(unlisted.is_empty(), "{unlisted:?} in {} should stand in SHEETS", paths.shown(&folder));
    let read = |sheet: &&str| {
        fs::read_to_string(folder.join(sheet)).with_context(|| format!("could not read {sheet}"))
    };
    let text = SHEETS.iter().map(read).collect::<Result<Vec<_>>>()?.concat();
    Ok(format!("export default {};\n", serde_json::to_string(&text)?))
}

/// Compiles a program; returns where it lies until the next one is.
fn compile(paths: &Paths, toolchain: &WasmToolchain, program: &Program) -> Result<PathBuf> {
    let mut command = toolchain.cargo(paths, &rustflags());
    command.args(["build", "--package", "attention-map", "--bin", program.binary, "--profile", "web"]);
    command.args(["--no-default-features", "--features", program.features]);
    let [package, dependencies] = program.built.opt_levels;
    command.arg(format!("--config=profile.web.package.attention-map.opt-level={package}"));
    command.arg(format!("--config=profile.web.opt-level={dependencies}"));
    run_command(command.args(toolchain.build_arguments()))
        .with_context(|| format!("the program {} could not be compiled for {TARGET}", program.name))?;
    Ok(paths.wasm_target().join(TARGET).join("web").join(format!("{}.wasm", program.binary)))
}

/// getrandom, under the tokenizer, asks to be told where randomness comes from. The folder that cargo keeps
/// sources in is left out of what ships, in the texts of panics.
fn rustflags() -> String {
    let cargo_home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| dirs::home_dir().map(|home| home.join(".cargo")))
        .filter(|folder| !folder.to_string_lossy().contains(' '));
    let remap = cargo_home.map(|folder| format!("--remap-path-prefix={}=cargo", folder.display()));
    // Names that say which types a function was made for tell the functions apart that come later.
    [TARGET_FEATURES, "--cfg=getrandom_backend=\"wasm_js\"", "-Csymbol-mangling-version=v0"]
        .map(str::to_owned)
        .into_iter()
        .chain(remap)
        .collect::<Vec<_>>()
        .join(" ")
}
