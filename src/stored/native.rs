//! Reading with serde_json.

use serde_json::Value;

use super::Stored;
use super::read::{Json, check_length, read};
use crate::error::{Error, Result};

/// Reads a stored trace. What is malformed, too large or of a newer version is an error that says so.
pub fn decode(text: &str) -> Result<Stored> {
    check_length(text.len())?;
    let value: Value =
        serde_json::from_str(text).map_err(|error| Error::Stored(format!("it is not JSON: {error}")))?;
    read(&value)
}

impl Json for &Value {
    fn field(&self, name: &str) -> Option<Self> {
        self.get(name).filter(|value| !value.is_null())
    }

    fn length(&self) -> Option<usize> {
        self.as_array().map(Vec::len)
    }

    fn item(&self, index: usize) -> Option<Self> {
        self.get(index)
    }

    fn text(&self) -> Option<String> {
        self.as_str().map(str::to_owned)
    }

    fn number(&self) -> Option<f64> {
        self.as_f64()
    }

    fn flag(&self) -> Option<bool> {
        self.as_bool()
    }
}
