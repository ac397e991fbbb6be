//! What the engine does when something is wrong.

use std::cell::Cell;

use attention_map::backend::{Backend as _, Inputs, Slot, SlotSize};
use attention_map::engine::{Engine, ModelFiles};
use attention_map::error::Error;
use attention_map::gpu::GpuBackend;
use attention_map::model::{CONFIG_FILE, WEIGHTS_FILE};
use attention_map::trace::{Backend, BackendChoice};

use crate::{adapter, models};

fn load_error(change: impl FnOnce(&mut ModelFiles)) -> Error {
    let mut files = models::files();
    change(&mut files);
    let mut engine = Engine::new();
    let loaded = engine.load(models::default_model(), files);
    loaded
        .and_then(|()| {
            pollster::block_on(engine.prepare(models::default_model(), BackendChoice::Cpu, || 0.0))
                .map(|_| ())
        })
        .unwrap_err()
}

#[test]
fn a_truncated_weights_file_is_an_error_that_names_it() {
    let error = load_error(|files| {
        let weights = files.get_mut(WEIGHTS_FILE).unwrap();
        weights.truncate(weights.len() / 2);
    });
    assert_eq!(error.code(), "file-corrupt");
    assert!(error.to_string().contains(WEIGHTS_FILE), "{error}");
}

#[test]
fn a_setting_in_the_config_that_is_unknown_or_unexpected_is_an_error_at_load() {
    for (from, to) in [
        ("\"hidden_act\": \"gelu\"", "\"hidden_act\": \"gelu_new\""),
        ("\"use_cache\": true", "\"rope_theta\": 10000"),
        ("\"model_type\": \"bert\"", "\"model_type\": \"roberta\""),
        ("\"num_attention_heads\": 12", "\"num_attention_heads\": 0"),
        // Not what the table of models says.
        ("\"num_hidden_layers\": 6", "\"num_hidden_layers\": 5"),
    ] {
        let error = load_error(|files| {
            let config = String::from_utf8(files[CONFIG_FILE].clone()).unwrap();
            assert!(config.contains(from));
            files.insert(CONFIG_FILE.to_owned(), config.replace(from, to).into_bytes());
        });
        assert_eq!(error.code(), "model-invalid", "{error}");
    }
}

#[test]
fn a_config_with_other_sizes_than_the_weights_is_an_error_that_names_the_tensor() {
    let error = load_error(|files| {
        let config = String::from_utf8(files[CONFIG_FILE].clone()).unwrap();
        let config = config.replace("\"intermediate_size\": 1536", "\"intermediate_size\": 1024");
        files.insert(CONFIG_FILE.to_owned(), config.into_bytes());
    });
    assert_eq!(error.code(), "file-corrupt");
    assert!(error.to_string().contains("encoder.layer.0.intermediate.dense.weight"), "{error}");
}

#[test]
fn a_model_that_is_not_there_is_an_error_that_names_those_that_are() {
    let mut engine = Engine::new();
    let error = engine.load("minilm", Default::default()).unwrap_err();
    assert_eq!(error.code(), "model-unknown");
    assert!(error.to_string().contains(models::default_model()), "{error}");
    let error = pollster::block_on(engine.run(
        models::default_model(),
        BackendChoice::Cpu,
        "a",
        None,
        || 0.0,
        |len| vec![0.0; len],
    ));
    assert_eq!(error.unwrap_err().code(), "model-not-loaded");
}

#[test]
fn auto_leaves_a_software_adapter_for_the_cpu_and_hardware_to_the_faster() {
    let Some(gpu) = adapter::gpu() else { return };
    // The engine looks at the clock before the CPU's pass, between the two, and after the GPU's.
    for (ticks, faster) in [([1.0, 5.0, 1.0], Backend::WebGpu), ([1.0, 1.0, 5.0], Backend::Cpu)] {
        let (time, looks) = (Cell::new(0.0), Cell::new(0));
        let now = || {
            time.set(time.get() + ticks[looks.get() % 3]);
            looks.set(looks.get() + 1);
            time.get()
        };
        let mut engine = models::engine(models::default_model());
        let prepared = engine.prepare(models::default_model(), BackendChoice::Auto, now);
        let (backend, _) = pollster::block_on(prepared).unwrap();
        assert_eq!(backend, if gpu.is_software() { Backend::Cpu } else { faster });
        assert_eq!(engine.measured().contests.len(), usize::from(!gpu.is_software()));
    }
}

#[test]
fn a_pass_on_a_device_that_is_gone_is_an_error_and_no_panic() {
    let Some(gpu) = adapter::gpu() else { return };
    let mut backend = GpuBackend::new(gpu.clone());
    let inputs = Inputs { tokens: &[[0, 0]], key_mask: &[1] };
    pollster::block_on(backend.begin(&[SlotSize { len: 64, room: 64 }], inputs)).unwrap();
    gpu.destroy();
    let error = pollster::block_on(backend.finish(&[(Slot(0), 64)], &mut Vec::new())).unwrap_err();
    assert_eq!(error.code(), "device-lost");
    let error = pollster::block_on(backend.begin(&[SlotSize { len: 64, room: 64 }], inputs)).unwrap_err();
    assert_eq!(error.code(), "device-lost");
}
