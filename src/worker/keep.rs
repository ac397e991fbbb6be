//! What is kept in this browser: its caches, and what the engine measured on this machine.

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
    let found = JsFuture::from(cache(scope, CACHE).await?.match_with_str(ADDRESS)).await.ok()?;
    let text = JsFuture::from(found.dyn_into::<Response>().ok()?.text().ok()?).await.ok()?;
    serde_json::from_str(&text.as_string()?).ok()
}

/// Keeps it, where the browser keeps anything for this page.
pub(super) async fn keep_measured(
    scope: &DedicatedWorkerGlobalScope,
    measured: &Measured,
) -> Result<(), JsValue> {
    let text = serde_json::to_string(measured).map_err(|error| JsValue::from_str(&error.to_string()))?;
    let response = Response::new_with_opt_str(Some(&text))?;
    if let Some(cache) = cache(scope, CACHE).await {
        JsFuture::from(cache.put_with_str(ADDRESS, &response)).await?;
    }
    Ok(())
}

/// None where the browser has no caches for this page: in an insecure context there are none, whatever the types
/// say, and storage may be blocked.
pub(super) async fn cache(scope: &DedicatedWorkerGlobalScope, name: &str) -> Option<Cache> {
    let caches = scope.caches().ok().filter(|caches| !AsRef::<JsValue>::as_ref(caches).is_undefined())?;
    JsFuture::from(caches.open(name)).await.ok()?.dyn_into().ok()
}
