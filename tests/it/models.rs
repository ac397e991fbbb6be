//! Where the tests find a model: the cache that `cargo xtask model` fills.

use std::path::PathBuf;

use attention_map::engine::{Engine, ModelFiles};
use attention_map::model::{self, MODELS};

/// The default model's id.
pub fn default_model() -> &'static str {
    MODELS[0].id
}

/// all-MiniLM-L6-v2 as it was published.
pub const F32: &str = "minilm-l6-f32";
/// The same with 8-bit weights.
pub const Q8: &str = "minilm-l6-q8";

/// The default model's files.
pub fn files() -> ModelFiles {
    files_of(default_model())
}

pub fn files_of(id: &str) -> ModelFiles {
    let spec = model::find(id).unwrap();
    let folder = folder().join(spec.id);
    spec.files
        .iter()
        .map(|file| {
            let path = folder.join(file.name);
            let bytes = std::fs::read(&path)
                .unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask model` first", path.display()));
            (file.name.to_owned(), bytes)
        })
        .collect()
}

/// An engine with the model `id` loaded.
pub fn engine(id: &str) -> Engine {
    let mut engine = Engine::new();
    engine.load(id, files_of(id)).unwrap();
    engine
}

/// Where all models lie.
pub fn folder() -> PathBuf {
    match std::env::var_os("ATTENTION_MAP_MODEL_DIR") {
        Some(folder) => folder.into(),
        None => dirs::cache_dir().expect("a cache folder").join("attention-map/models"),
    }
}
