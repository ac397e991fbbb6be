//! The goldens that `tests/reference/make_translation_goldens.py` makes, and the model that they are of.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use attention_map::tensor::FileBytes;
use half::f16;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;

pub struct Golden {
    pub tolerance: f64,
    pub beam: usize,
    pub cases: Vec<Case>,
}

/// A sentence, and what the reference makes of it.
pub struct Case {
    pub language: String,
    pub text: String,
    pub pieces: Vec<String>,
    /// UTF-16 offsets of the pieces between tag and end.
    pub spans: Vec<[usize; 2]>,
    /// Places of pieces that the vocabulary hasn't.
    pub unknown: Vec<usize>,
    pub greedy: Found,
    /// The best first.
    pub beam: Vec<Found>,
    /// How near two continuations came in the beam search.
    pub smallest_gap: f64,
    pub source: Vec<u32>,
    pub target: Vec<u32>,
    pub source_rows: Vec<usize>,
    pub target_rows: Vec<usize>,
    tensors: HashMap<String, Numbers>,
}

#[derive(Deserialize)]
pub struct Found {
    pub ids: Vec<u32>,
    pub score: f64,
    pub text: String,
}

#[derive(Deserialize)]
struct Written {
    tolerance: f64,
    beam: usize,
    weights_sha256: String,
    cases: Vec<WrittenCase>,
}

#[derive(Deserialize)]
struct WrittenCase {
    language: String,
    text: String,
    pieces: Vec<String>,
    spans: Vec<[usize; 2]>,
    unknown: Vec<usize>,
    greedy: Found,
    beam: Vec<Found>,
    smallest_gap: f64,
}

enum Numbers {
    Integers(Vec<i32>),
    Floats(Vec<f32>),
}

impl Golden {
    /// Errors when they are of other weights than the repository has.
    pub fn read() -> Self {
        let folder = root().join("tests/golden/translation");
        let written: Written =
            serde_json::from_slice(&std::fs::read(folder.join("cases.json")).unwrap()).unwrap();
        let hash = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(file("model.safetensors")));
        assert_eq!(
            written.weights_sha256, hash,
            "the goldens are of other weights: run tests/reference/make_translation_goldens.py"
        );
        assert!(written.cases.len() >= 30 && written.tolerance <= 2e-5);
        let bytes = std::fs::read(folder.join("tensors.safetensors")).unwrap();
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        let of_case = |number: usize| -> HashMap<String, Numbers> {
            let mine = tensors.iter().filter_map(|(name, view)| {
                let name = name.strip_prefix(&format!("{number:02}."))?;
                let numbers = match view.dtype() {
                    Dtype::I32 => Numbers::Integers(bytemuck::pod_collect_to_vec(view.data())),
                    _ => Numbers::Floats(bytemuck::pod_collect_to_vec(view.data())),
                };
                Some((name.to_owned(), numbers))
            });
            mine.collect()
        };
        let cases = written.cases.into_iter().enumerate();
        let cases = cases.map(|(number, case)| Case::new(case, of_case(number))).collect();
        Self { tolerance: written.tolerance, beam: written.beam, cases }
    }
}

impl Case {
    fn new(case: WrittenCase, tensors: HashMap<String, Numbers>) -> Self {
        let WrittenCase { language, text, pieces, spans, unknown, greedy, beam, smallest_gap } = case;
        let places = |name: &str| integers(&tensors, name).iter().map(|&x| x as usize).collect();
        let ids = |name: &str| integers(&tensors, name).iter().map(|&x| x as u32).collect();
        Self {
            source: ids("source"),
            target: ids("target"),
            source_rows: places("source_rows"),
            target_rows: places("target_rows"),
            language,
            text,
            pieces,
            spans,
            unknown,
            greedy,
            beam,
            smallest_gap,
            tensors,
        }
    }

    pub fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    pub fn floats(&self, name: &str) -> Vec<f64> {
        match &self.tensors[name] {
            Numbers::Floats(numbers) => numbers.iter().map(|&x| f64::from(x)).collect(),
            Numbers::Integers(_) => panic!("{name} holds integers"),
        }
    }

    pub fn integers(&self, name: &str) -> &[i32] {
        integers(&self.tensors, name)
    }
}

fn integers<'a>(tensors: &'a HashMap<String, Numbers>, name: &str) -> &'a [i32] {
    match &tensors[name] {
        Numbers::Integers(numbers) => numbers,
        Numbers::Floats(_) => panic!("{name} holds floats"),
    }
}

/// A file of the model.
pub fn file(name: &str) -> Vec<u8> {
    let path = root().join("www/models/tatoeba-en-fr-zh").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The weights as they are, of 8 bits.
pub fn weights() -> FileBytes {
    Rc::new(file("model.safetensors"))
}

/// The same numbers as 32-bit floats.
pub fn f32_weights() -> FileBytes {
    f32_weights_but(|_, _| ())
}

/// With something done to some of them.
pub fn f32_weights_but(change: impl Fn(&str, &mut [f32])) -> FileBytes {
    let bytes = file("model.safetensors");
    let read = SafeTensors::deserialize(&bytes).unwrap();
    let mut wide = Vec::new();
    for (name, view) in read.iter().filter(|(name, _)| !name.ends_with(".scale")) {
        let mut floats: Vec<f32> = match view.dtype() {
            Dtype::I8 => {
                let scales = read.tensor(&format!("{name}.scale")).unwrap();
                let scales: Vec<f16> = bytemuck::pod_collect_to_vec(scales.data());
                let values: &[i8] = bytemuck::cast_slice(view.data());
                let block = values.len() / scales.len();
                let blocks = values.chunks_exact(block).zip(scales);
                blocks
                    .flat_map(|(values, s)| values.iter().map(move |&x| f32::from(x) * s.to_f32()))
                    .collect()
            }
            _ => bytemuck::pod_collect_to_vec(view.data()),
        };
        change(name, &mut floats);
        wide.push((
            name.to_owned(),
            view.shape().to_vec(),
            bytemuck::cast_slice::<f32, u8>(&floats).to_vec(),
        ));
    }
    let views = wide.iter().map(|(name, shape, bytes)| {
        (name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap())
    });
    Rc::new(safetensors::serialize(views, None).unwrap())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}
