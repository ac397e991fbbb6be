//! Reading with the browser's own JSON.

use js_sys::{Array, JSON, Reflect};
use wasm_bindgen::{JsCast, JsValue};

use super::Stored;
use super::read::{Json, check_length, read};
use crate::error::{Error, Result};

/// Reads a stored trace. What is malformed, too large or of a newer version is an error that says so.
pub fn decode_js(text: &str) -> Result<Stored> {
    check_length(text.len())?;
    let parsed = JSON::parse(text).map_err(|error| {
        let said = error.dyn_ref::<js_sys::Error>().map(js_sys::Error::message);
        Error::Stored(format!("it is not JSON: {}", said.map_or_else(String::new, String::from)))
    })?;
    decode_object(parsed)
}

/// Reads one that is parsed already.
pub fn decode_object(object: JsValue) -> Result<Stored> {
    read(object)
}

impl Json for JsValue {
    fn field(&self, name: &str) -> Option<Self> {
        // Of what is no object this throws.
        Reflect::get(self, &name.into()).ok().filter(|value| !value.is_undefined() && !value.is_null())
    }

    fn length(&self) -> Option<usize> {
        self.dyn_ref::<Array>().map(|list| list.length() as usize)
    }

    fn item(&self, index: usize) -> Option<Self> {
        self.dyn_ref::<Array>().map(|list| list.get(index as u32))
    }

    fn text(&self) -> Option<String> {
        self.as_string()
    }

    fn number(&self) -> Option<f64> {
        self.as_f64()
    }

    fn flag(&self) -> Option<bool> {
        self.as_bool()
    }
}
