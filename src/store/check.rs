//! Whether a file is the one it should be.

use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::model::ModelFile;

/// What is wrong with a file.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    #[error("it isn't there")]
    Missing,
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    #[error("truncated or not the right file: expected {expected} bytes, found {found}")]
    Size { expected: u64, found: u64 },
    #[error("corrupted: expected sha256 {expected}, found {found}")]
    Hash { expected: &'static str, found: String },
}

/// Compares the size, then the hash, of the file at `path` with what `file` must have.
pub fn check(path: &Path, file: &ModelFile) -> Result<(), Flaw> {
    let unreadable = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => Flaw::Missing,
        _ => Flaw::Unreadable(error.to_string()),
    };
    let mut content = File::open(path).map_err(unreadable)?;
    let found = content.metadata().map_err(unreadable)?.len();
    if found != file.bytes {
        return Err(Flaw::Size { expected: file.bytes, found });
    }
    let found = sha256(&mut content).map_err(unreadable)?;
    if found != file.sha256 {
        return Err(Flaw::Hash { expected: file.sha256, found });
    }
    Ok(())
}

/// The hash of what is left to read of `content`, in lower-case hexadecimal.
pub fn sha256(content: &mut impl std::io::Read) -> std::io::Result<String> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match content.read(&mut buffer)? {
            0 => return Ok(hex::encode(hash.finalize())),
            read => hash.update(&buffer[..read]),
        }
    }
}
