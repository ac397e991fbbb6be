//! Getting what a command needs and the machine lacks. One file for each kind of thing; each looks first,
//! says what it installs, and fails with what to do by hand.

pub mod browser;
pub mod debian;
pub mod native;
pub mod node;
pub mod python;
pub mod target;
pub mod vulkan;
pub mod wasm;

use sha2::{Digest, Sha256};

/// A short name for what `parts` hold together, to keep things made from them under.
pub fn key(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
        hash.update(part);
    }
    hex::encode(&hash.finalize()[..8])
}
