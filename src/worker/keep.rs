//! What the engine measured on this machine, kept in this browser.

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Cache, DedicatedWorkerGlobalScope, Response};

use crate::engine::Measured;

/// The name in the browser's Cache API. What another version of the program measured does not hold for this one.
const CACHE: &str = concat!("attention-map-measured-", env!("CARGO_PKG_VERSION"));
/// The one thing in it.
const ADDRESS: &str = "measured.json";

/// What was kept; nothing where there is nothing, or it cannot be read.
pub(super) async fn measured(scope: &DedicatedWorkerGlobalScope) -> Option<Measured> {
    let found = JsFuture::from(open(scope).await.ok()?.match_with_str(ADDRESS)).await.ok()?;
    let text = JsFuture::from(found.dyn_into::<Response>().ok()?.text().ok()?).await.ok()?;
    serde_json::from_str(&text.as_string()?).ok()
}

/// Errors where the browser keeps nothing for this page.
pub(super) async fn keep_measured(
    scope: &DedicatedWorkerGlobalScope,
    measured: &Measured,
) -> Result<(), JsValue> {
    let text = serde_json::to_string(measured).map_err(|error| JsValue::from_str(&error.to_string()))?;
    let response = Response::new_with_opt_str(Some(&text))?;
    JsFuture::from(open(scope).await?.put_with_str(ADDRESS, &response)).await?;
    Ok(())
}

async fn open(scope: &DedicatedWorkerGlobalScope) -> Result<Cache, JsValue> {
    JsFuture::from(scope.caches()?.open(CACHE)).await?.dyn_into()
}
