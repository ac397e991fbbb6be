//! A promise that is kept from outside.

use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;

use super::events::error;
use super::state::Problem;

/// A promise and the two ways to end it. Dropped without either it rejects with the code `removed`, so that
/// no one waits for an element that is gone.
pub struct Deferred {
    promise: Promise,
    resolve: Function,
    reject: Function,
}

impl Default for Deferred {
    fn default() -> Self {
        let mut ends = None;
        let promise = Promise::new(&mut |resolve, reject| ends = Some((resolve, reject)));
        // The executor has run when the constructor returns.
        let (resolve, reject) = ends.unwrap_or_else(|| unreachable!("promises call their executor at once"));
        Self { promise, resolve, reject }
    }
}

impl Deferred {
    pub fn promise(&self) -> Promise {
        self.promise.clone()
    }

    pub fn resolve(self, value: &JsValue) {
        let _ = self.resolve.call1(&JsValue::UNDEFINED, value);
    }

    pub fn reject(self, problem: &Problem) {
        let _ = self.reject.call1(&JsValue::UNDEFINED, &error(problem));
    }
}

impl Drop for Deferred {
    fn drop(&mut self) {
        // After another end this is without effect, as promises are.
        let problem = Problem::new("removed", "the element was removed from the page before the run ended");
        let _ = self.reject.call1(&JsValue::UNDEFINED, &error(&problem));
    }
}
