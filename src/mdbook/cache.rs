//! What was computed before is kept, by all that it is made of, so that `mdbook serve` only computes what is new.

use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use super::paint::{Painted, Painter, Request};
use crate::store;

/// Maps kept before the oldest are removed: a few MB.
const KEPT: usize = 1000;

/// Asks `inner` for what is not in `folder`.
pub struct Cached<P> {
    inner: P,
    folder: Option<PathBuf>,
    /// Tells this build of the program from others, which may paint otherwise.
    program: String,
}

impl<P: Painter> Cached<P> {
    /// Keeps results in `folder`. Without one, or where it can't be written, everything is computed each time.
    pub fn new(inner: P, folder: Option<PathBuf>) -> Self {
        Self { inner, folder, program: program() }
    }

    /// `mdbook` in the cache of this user.
    pub fn folder() -> Option<PathBuf> {
        Some(store::cache().ok()?.join("mdbook"))
    }

    /// Removes the oldest results where there are too many.
    pub fn trim(&self) {
        let entries = self.folder.iter().filter_map(|folder| folder.read_dir().ok()).flatten().flatten();
        let mut files: Vec<(SystemTime, PathBuf)> = entries
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect();
        files.sort();
        let too_many = files.len().saturating_sub(KEPT);
        for (_, path) in &files[..too_many] {
            // Another may have removed it.
            let _ = fs::remove_file(path);
        }
    }
}

impl<P: Painter> Painter for Cached<P> {
    fn paint(&mut self, request: &Request) -> Result<Painted, String> {
        let Some(folder) = &self.folder else { return self.inner.paint(request) };
        let path = folder.join(format!("{}.json", request.hash(&self.program)));
        let kept = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        if let Some(painted) = kept {
            return Ok(painted);
        }
        let painted = self.inner.paint(request)?;
        // What cannot be kept is computed again.
        let half = folder.join(format!(".half-made-{}", std::process::id()));
        if let (Ok(bytes), Ok(())) = (serde_json::to_vec(&painted), fs::create_dir_all(folder)) {
            let _ = fs::write(&half, bytes).and_then(|()| fs::rename(&half, &path));
        }
        Ok(painted)
    }
}

/// The version, and when and how large the program was built.
fn program() -> String {
    let file = std::env::current_exe().and_then(fs::metadata);
    let built = file.and_then(|file| Ok((file.len(), file.modified()?)));
    format!("{} {:?}", env!("CARGO_PKG_VERSION"), built.ok())
}
