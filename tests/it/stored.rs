//! What the scripts of `tests/reference` keep in `tests/golden` besides whole passes: named arrays and texts.

use std::collections::HashMap;
use std::path::Path;

use safetensors::SafeTensors;

/// One safetensors file.
pub struct Stored {
    bytes: Vec<u8>,
    texts: HashMap<String, String>,
}

impl Stored {
    /// The file `name`.safetensors below `tests/golden`.
    pub fn read(name: &str) -> Self {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{name}.safetensors"));
        let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
        let texts = header.metadata().clone().unwrap_or_default();
        Self { bytes, texts }
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str)
    }

    pub fn floats(&self, name: &str) -> Vec<f64> {
        let floats: Vec<f32> = self.numbers(name);
        floats.into_iter().map(f64::from).collect()
    }

    pub fn integers(&self, name: &str) -> Vec<i32> {
        self.numbers(name)
    }

    fn numbers<T: bytemuck::Pod>(&self, name: &str) -> Vec<T> {
        let tensors = SafeTensors::deserialize(&self.bytes).unwrap();
        bytemuck::pod_collect_to_vec(tensors.tensor(name).unwrap().data())
    }
}
