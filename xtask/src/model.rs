//! The models' files in the cache; `src/store.rs` of the library has what fetches and checks them.

use std::path::{Path, PathBuf};

use anyhow::Result;
use attention_map::model::{MODELS, ModelSpec, find};
use attention_map::store;

use crate::absolute;
use crate::paths::Paths;
use crate::progress::say;

pub use attention_map::store::hash_of;

#[derive(clap::Args)]
pub struct Arguments {
    /// The model's id [default: the first of the table in src/model.rs].
    id: Option<String>,
    /// Take the files from this folder, or the folder called as the model inside it. A model with 8-bit weights is
    /// made of the 32-bit files found there.
    #[arg(long, value_name = "FOLDER")]
    from: Option<PathBuf>,
}

/// `cargo xtask model`.
pub fn run(paths: &Paths, arguments: &Arguments) -> Result<()> {
    let spec = match &arguments.id {
        None => &MODELS[0],
        Some(id) => find(id)?,
    };
    let from = arguments.from.as_deref().map(absolute).transpose()?;
    let folder = ensure(paths, spec, from.as_deref())?;
    println!("{}", folder.display());
    Ok(())
}

/// Every model of the table, checked and fetched where need be.
pub fn ensure_all(paths: &Paths) -> Result<()> {
    MODELS.iter().try_for_each(|spec| ensure(paths, spec, None).map(drop))
}

/// The folder of `spec`'s files, after fetching those that are missing or wrong. `from` is a folder to look in first.
pub fn ensure(paths: &Paths, spec: &'static ModelSpec, from: Option<&Path>) -> Result<PathBuf> {
    let folder = store::ensure(&paths.cache, spec, from)?;
    say(format!("model {}: every file is there and has its hash", spec.id));
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_has_the_text_of_its_licence() {
        let licences = Path::new(env!("CARGO_MANIFEST_DIR")).join("licences");
        for spec in MODELS {
            assert!(licences.join(format!("{}.txt", spec.licence)).is_file(), "{}", spec.licence);
        }
    }
}
