//! The engine with a model, ready for texts.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, anyhow};

use super::{Failure, Result, arguments};
use crate::engine::{Engine, ModelFiles};
use crate::model::{ModelSpec, find};
use crate::store;
use crate::trace::BackendChoice;

pub struct Runner {
    pub engine: Engine,
    /// Its id.
    pub model: &'static str,
    pub choice: BackendChoice,
}

impl Runner {
    /// Loads the model that the arguments name; its files are fetched where they are missing. For `many` texts it is worth
    /// finding out what computes them fastest.
    pub fn new(arguments: &arguments::Engine, many: bool) -> Result<Self> {
        let spec = find(&arguments.model).map_err(Failure::model)?;
        let folder = folder(spec, arguments).map_err(Failure::Model)?;
        let mut engine = Engine::new();
        engine.load(spec.id, files(spec, &folder).map_err(Failure::Model)?).map_err(Failure::model)?;
        // A GPU takes longer to wake up than the CPU to read a text.
        let choice = match arguments.backend.into() {
            BackendChoice::Auto if !many => BackendChoice::Cpu,
            choice => choice,
        };
        let begun = Instant::now();
        if many {
            pollster::block_on(engine.prepare(spec.id, choice, || milliseconds(begun)))
                .map_err(Failure::model)?;
        }
        Ok(Self { engine, model: spec.id, choice })
    }
}

fn milliseconds(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1e3
}

/// The folder with the model's files, all of which have their hash.
fn folder(spec: &'static ModelSpec, arguments: &arguments::Engine) -> anyhow::Result<PathBuf> {
    if let Some(named) = &arguments.model_dir {
        let inside = named.join(spec.id);
        let folder = if inside.is_dir() { inside } else { named.clone() };
        return checked(spec, folder, &format!("--model-dir {}", named.display()));
    }
    let cache = store::cache()?;
    let folder = store::models(&cache).join(spec.id);
    if arguments.no_fetch {
        let how = format!(
            "--no-fetch: run `attention-map models --fetch {}` where there is a network, or name a folder that has them with --model-dir",
            spec.id
        );
        return checked(spec, folder, &how);
    }
    store::ensure(&cache, spec, None)
}

fn checked(spec: &'static ModelSpec, folder: PathBuf, argument: &str) -> anyhow::Result<PathBuf> {
    match store::flaws(&folder, spec).first() {
        None => Ok(folder),
        Some((file, flaw)) => {
            Err(anyhow!("{argument}: model {}: {}: {flaw}", spec.id, folder.join(file.name).display()))
        }
    }
}

fn files(spec: &ModelSpec, folder: &Path) -> anyhow::Result<ModelFiles> {
    let read = |name: &str| {
        let path = folder.join(name);
        let bytes = fs::read(&path).with_context(|| format!("could not read {}", path.display()))?;
        Ok((name.to_owned(), bytes))
    };
    spec.files.iter().map(|file| read(file.name)).collect()
}
