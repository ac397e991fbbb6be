//! The goldens that `tests/reference/make_goldens.py` makes.

use std::collections::HashMap;
use std::path::Path;

use attention_map::trace::Cut;
use safetensors::{SafeTensors, View};

/// One input, and what float64 numpy and the tokenizers' own Python package made of it.
pub struct Golden {
    pub id: String,
    pub text: String,
    pub text_b: Option<String>,
    pub tolerance: f64,
    /// (T).
    pub pieces: Vec<String>,
    pub ids: Vec<u32>,
    pub type_ids: Vec<u32>,
    /// (T, 2), UTF-16 offsets into the segment's text.
    pub spans: Vec<[usize; 2]>,
    pub special: Vec<bool>,
    pub segment: Vec<usize>,
    pub cuts: Vec<Cut>,
    /// (R), the query rows that are kept whole.
    pub rows: Vec<usize>,
    /// (L, H, R, T).
    pub attention: Vec<f64>,
    /// (L, H, T), Σ_j a_ij cos j of every row.
    pub row_projection: Vec<f64>,
    /// (R, D).
    pub last_hidden: Vec<f64>,
    /// (T), Σ_d h_td cos d.
    pub hidden_projection: Vec<f64>,
}

/// Every golden, in the order of cases.json.
pub fn all() -> Vec<Golden> {
    let goldens = read_all("", |_| true);
    assert!(goldens.len() >= 12, "only {} goldens", goldens.len());
    goldens
}

/// Those of the model with 8-bit weights.
pub fn eight_bit() -> Vec<Golden> {
    let goldens = read_all("q8", |case| case["q8"] == true);
    assert!(goldens.len() >= 7, "only {} goldens", goldens.len());
    goldens
}

/// Those of the cases that are `wanted`, from `folder` of the goldens.
fn read_all(folder: &str, wanted: impl Fn(&serde_json::Value) -> bool) -> Vec<Golden> {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let cases: Vec<serde_json::Value> =
        serde_json::from_slice(&std::fs::read(all.join("cases.json")).unwrap()).unwrap();
    let read_one = |case: &serde_json::Value| {
        let id = case["id"].as_str().unwrap();
        read(id, &std::fs::read(all.join(folder).join(format!("{id}.safetensors"))).unwrap())
    };
    cases.iter().filter(|case| wanted(case)).map(read_one).collect()
}

fn read(id: &str, bytes: &[u8]) -> Golden {
    let (_, header) = SafeTensors::read_metadata(bytes).unwrap();
    let metadata = header.metadata().as_ref().unwrap();
    let tensors = SafeTensors::deserialize(bytes).unwrap();
    let floats = |name: &str| -> Vec<f64> {
        let data = tensors.tensor(name).unwrap();
        let floats: Vec<f32> = bytemuck::pod_collect_to_vec(&View::data(&data));
        floats.into_iter().map(f64::from).collect()
    };
    let integers =
        |name: &str| -> Vec<i32> { bytemuck::pod_collect_to_vec(tensors.tensor(name).unwrap().data()) };
    let bytes = |name: &str| tensors.tensor(name).unwrap().data().to_vec();
    let unsigned = |name: &str| -> Vec<u32> { integers(name).into_iter().map(|x| x as u32).collect() };
    let json = |name: &str| -> serde_json::Value { serde_json::from_str(&metadata[name]).unwrap() };
    Golden {
        id: id.to_owned(),
        text: metadata["text"].clone(),
        text_b: optional(metadata, "text_b"),
        tolerance: metadata["tolerance"].parse().unwrap(),
        pieces: serde_json::from_value(json("pieces")).unwrap(),
        ids: unsigned("ids"),
        type_ids: unsigned("type_ids"),
        spans: integers("spans").chunks_exact(2).map(|s| [s[0] as usize, s[1] as usize]).collect(),
        special: bytes("special").into_iter().map(|x| x == 1).collect(),
        segment: bytes("segment").into_iter().map(usize::from).collect(),
        cuts: serde_json::from_value(json("cuts")).unwrap(),
        rows: integers("rows").into_iter().map(|x| x as usize).collect(),
        attention: floats("attention"),
        row_projection: floats("row_projection"),
        last_hidden: floats("last_hidden"),
        hidden_projection: floats("hidden_projection"),
    }
}

fn optional(metadata: &HashMap<String, String>, name: &str) -> Option<String> {
    metadata.get(name).filter(|text| !text.is_empty()).cloned()
}
