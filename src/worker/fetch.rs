//! A model's files from where the page came from, or from this browser's cache.
//!
//! What comes over the network is checked against the table's length and hash before it is used or kept. A file
//! that fails is fetched once more, past every cache; a second failure is an error.

use std::cell::Cell;

use futures_util::future::try_join_all;
use sha2::{Digest, Sha256};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Cache, DedicatedWorkerGlobalScope, ReadableStreamDefaultReader, RequestCache, RequestInit, Response,
};

use super::{fetch_error, keep};
use crate::engine::{ModelFiles, Notice};
use crate::error::{Error, Result};
use crate::model::{ModelFile, ModelSpec};

/// The name in the browser's Cache API; bump it when what is kept changes shape.
const CACHE: &str = "attention-map-models-1";
/// Milliseconds between two reports of progress.
const REPORT_EVERY: f64 = 50.0;

/// What happens on the way.
pub(super) enum Event {
    /// Bytes so far, of all the files.
    Progress {
        loaded: f64,
        total: f64,
        cached: bool,
    },
    Notice(Notice),
}

/// All of a model's files, from `<base><id>/`, at the same time.
pub(super) async fn model_files(
    scope: &DedicatedWorkerGlobalScope,
    spec: &ModelSpec,
    base: &str,
    report: &dyn Fn(Event),
) -> Result<ModelFiles> {
    let source = Source {
        scope,
        report,
        cache: keep::cache(scope, CACHE).await,
        total: spec.bytes() as f64,
        downloading: Cell::new(false),
        loaded: Cell::new(0.0),
        reported: Cell::new(f64::MIN),
    };
    let files = spec.files.iter().map(|file| {
        let source = &source;
        async move {
            let bytes = source.file(file, &format!("{base}{}/{}", spec.id, file.name)).await?;
            Ok((file.name.to_owned(), bytes))
        }
    });
    try_join_all(files).await.map(|files| files.into_iter().collect())
}

struct Source<'a> {
    scope: &'a DedicatedWorkerGlobalScope,
    report: &'a dyn Fn(Event),
    cache: Option<Cache>,
    total: f64,
    /// Whether one of the files was not in the cache.
    downloading: Cell<bool>,
    /// Bytes of all files so far.
    loaded: Cell<f64>,
    reported: Cell<f64>,
}

impl Source<'_> {
    async fn file(&self, file: &ModelFile, address: &str) -> Result<Vec<u8>> {
        // The hash is part of the name it is kept under, so that another version is another file.
        let kept_as = format!("{address}?sha256={}", file.sha256);
        if let Some(bytes) = self.cached(file, &kept_as).await {
            return Ok(bytes);
        }
        let bytes = match self.download(file, address, RequestCache::Default).await {
            Err(error @ Error::File { .. }) => {
                let message = format!("{error}; it is fetched again.");
                (self.report)(Event::Notice(Notice { code: "fetched-again", message }));
                self.download(file, address, RequestCache::Reload).await?
            }
            outcome => outcome?,
        };
        if let Err(error) = self.keep(&kept_as, &bytes).await {
            let message = format!(
                "The browser would not keep the model ({error:?}), so the next visit downloads it again."
            );
            (self.report)(Event::Notice(Notice { code: "not-kept", message }));
        }
        Ok(bytes)
    }

    /// The file as it was kept, if it is whole.
    async fn cached(&self, file: &ModelFile, kept_as: &str) -> Option<Vec<u8>> {
        let found = JsFuture::from(self.cache.as_ref()?.match_with_str(kept_as)).await.ok()?;
        let response: Response = found.dyn_into().ok()?;
        self.read(file, kept_as, &response).await.ok()
    }

    async fn download(&self, file: &ModelFile, address: &str, cache: RequestCache) -> Result<Vec<u8>> {
        self.downloading.set(true);
        let init = RequestInit::new();
        init.set_cache(cache);
        let response: Response = JsFuture::from(self.scope.fetch_with_str_and_init(address, &init))
            .await
            .map_err(|error| fetch_error(address, &error))?
            .unchecked_into();
        if !response.ok() {
            let what = format!("the server answered {} {}", response.status(), response.status_text());
            return Err(Error::Fetch { address: address.to_owned(), what });
        }
        self.read(file, address, &response).await
    }

    /// The body of a response, which must be the whole file and no other.
    async fn read(&self, file: &ModelFile, address: &str, response: &Response) -> Result<Vec<u8>> {
        let failed = |error: JsValue| fetch_error(address, &error);
        let mut bytes = Vec::with_capacity(file.bytes as usize);
        let loaded = Loaded { source: self, bytes: Cell::new(0.0) };
        let Some(body) = response.body() else { return check(file, &bytes).map(|()| bytes) };
        let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
        loop {
            let step = JsFuture::from(reader.read()).await.map_err(failed)?;
            if js_sys::Reflect::get(&step, &"done".into()).map_err(failed)?.is_truthy() {
                break;
            }
            let chunk: js_sys::Uint8Array =
                js_sys::Reflect::get(&step, &"value".into()).map_err(failed)?.unchecked_into();
            let at = bytes.len();
            if (at + chunk.length() as usize) as u64 > file.bytes {
                // Nobody waits for the rest.
                let _ = reader.cancel();
                let what = format!("longer than the {} bytes it should have", file.bytes);
                return Err(Error::File { file: file.name.to_owned(), what });
            }
            bytes.resize(at + chunk.length() as usize, 0);
            chunk.copy_to(&mut bytes[at..]);
            loaded.add(f64::from(chunk.length()));
        }
        check(file, &bytes)?;
        loaded.bytes.set(0.0);
        Ok(bytes)
    }

    async fn keep(&self, kept_as: &str, bytes: &[u8]) -> std::result::Result<(), JsValue> {
        if let Some(cache) = &self.cache {
            let response = Response::new_with_opt_js_u8_array(Some(&js_sys::Uint8Array::from(bytes)))?;
            JsFuture::from(cache.put_with_str(kept_as, &response)).await?;
        }
        Ok(())
    }
}

/// Bytes of a file that count as loaded, until it turns out that they are not what was wanted.
struct Loaded<'a> {
    source: &'a Source<'a>,
    bytes: Cell<f64>,
}

impl Loaded<'_> {
    fn add(&self, bytes: f64) {
        let Source { scope, report, total, downloading, loaded, reported, .. } = self.source;
        self.bytes.set(self.bytes.get() + bytes);
        loaded.set(loaded.get() + bytes);
        let now = scope.performance().map_or(0.0, |performance| performance.now());
        if loaded.get() == *total || now - reported.get() >= REPORT_EVERY {
            reported.set(now);
            report(Event::Progress { loaded: loaded.get(), total: *total, cached: !downloading.get() });
        }
    }
}

impl Drop for Loaded<'_> {
    fn drop(&mut self) {
        let loaded = &self.source.loaded;
        loaded.set(loaded.get() - self.bytes.get());
    }
}

fn check(file: &ModelFile, bytes: &[u8]) -> Result<()> {
    let wrong = |what: String| Err(Error::File { file: file.name.to_owned(), what });
    if bytes.len() as u64 != file.bytes {
        return wrong(format!("{} bytes came, {} were expected", bytes.len(), file.bytes));
    }
    let hash: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    if hash != file.sha256 {
        return wrong(format!("its sha256 is {hash}, expected {}", file.sha256));
    }
    Ok(())
}
