//! The engine as a module worker; `www/engine-worker.js` starts it.

fn main() {
    console_error_panic_hook::set_once();
    wasm_bindgen_futures::spawn_local(attention_map::worker::serve());
}
