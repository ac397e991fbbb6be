//! The one error type. Messages are lower case, name the thing, say what was expected and what came.

/// What can go wrong between a text and its map.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A tensor, setting or file of a model is not what the architecture needs.
    #[error("model {model}: {what}")]
    Model { model: String, what: String },
    /// A file's bytes are not the ones its hash promises, or not a file of that kind.
    #[error("{file}: {what}")]
    File { file: String, what: String },
    /// A text could not be split into tokens.
    #[error("tokenizer: {0}")]
    Tokenizer(String),
    /// What was asked for is nothing that a translation model does.
    #[error("translation: {0}")]
    Translation(String),
    /// What was asked for is nothing that can be learnt, or the training went astray.
    #[error("training: {0}")]
    Training(String),
    /// Two tensors that do not fit together.
    #[error("{operation}: expected {expected}, got {got}")]
    Shape { operation: &'static str, expected: String, got: String },
    /// There is no GPU to use, or only one that cannot run the kernels.
    #[error("no usable WebGPU adapter: {0}")]
    NoAdapter(String),
    /// The GPU went away, ran out of memory or refused a command.
    #[error("the GPU failed: {0}")]
    DeviceLost(String),
    /// A model id that is not in the table.
    #[error("there is no model called \"{id}\"; there are: {known}")]
    UnknownModel { id: String, known: String },
    /// A run was asked for before its model was loaded.
    #[error("model \"{0}\" is not loaded")]
    NotLoaded(String),
    /// A download failed.
    #[error("could not fetch {address}: {what}")]
    Fetch { address: String, what: String },
    /// A stored trace is malformed, too large or of a newer version, or a trace cannot be stored.
    #[error("stored trace: {0}")]
    Stored(String),
}

impl Error {
    /// The stable `code` of the JavaScript error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Model { .. } => "model-invalid",
            Self::File { .. } => "file-corrupt",
            Self::Tokenizer(_) => "tokenizer",
            Self::Translation(_) => "translation",
            Self::Training(_) => "training",
            Self::Shape { .. } => "shape",
            Self::NoAdapter(_) => "no-adapter",
            Self::DeviceLost(_) => "device-lost",
            Self::UnknownModel { .. } => "model-unknown",
            Self::NotLoaded(_) => "model-not-loaded",
            Self::Fetch { .. } => "fetch-failed",
            Self::Stored(_) => "trace-invalid",
        }
    }
}

pub type Result<T> = std::result::Result<T, Error>;
