//! What a GPU is measured for: which kernels suit it, and how long each takes.

use attention_map::backend::Backend;
use attention_map::gpu::{GpuBackend, Tuning};
use attention_map::ops::linear::{Finish, LinearParams};
use pollster::block_on;

use super::{Random, matrix, pass, quantized, read, tensor};
use crate::adapter;
use attention_map::backend::Slot;

#[test]
fn tuning_measures_each_dense_layer_once_and_can_be_kept() {
    let Some(gpu) = adapter::gpu() else { return };
    let backend = GpuBackend::new(gpu.clone());
    let bias = tensor(&[48], &[0.0; 48]);
    let floats = matrix(&[48, 64], &[0.0; 48 * 64]);
    let (bytes, _) = quantized(&mut Random(1), [48, 64], 32);
    for weight in [floats.clone(), bytes, floats] {
        backend.load_linear("test", &[(weight, bias.clone())]).unwrap();
    }
    block_on(backend.tune(20)).unwrap();
    block_on(backend.tune(32)).unwrap();
    let tuning = gpu.tuning();
    assert_eq!(tuning.adapter, gpu.adapter());
    assert_eq!(tuning.choices.len(), 2, "{tuning:?}");
    assert!(tuning.choices.iter().all(|choice| choice.rows == 32), "{tuning:?}");

    let kept: Tuning = serde_json::from_str(&serde_json::to_string(&tuning).unwrap()).unwrap();
    assert_eq!(kept, tuning);
    let Some(other) = adapter::gpu() else { return };
    other.set_tuning(Tuning { adapter: "another".to_owned(), ..kept.clone() });
    assert!(other.tuning().choices.is_empty(), "another adapter's numbers say nothing of this one");
    other.set_tuning(kept);
    assert_eq!(other.tuning(), tuning);
}

#[test]
fn profiling_names_every_kernel_and_changes_no_result() {
    let Some(gpu) = adapter::gpu() else { return };
    let mut random = Random(9);
    let (x, weight) = (random.floats(5 * 16, 1.0), random.floats(8 * 16, 1.0));
    let mut backend = GpuBackend::new(gpu.clone());
    let layer = backend.load_linear("test", &[(matrix(&[8, 16], &weight), tensor(&[8], &[0.5; 8]))]).unwrap();
    let params = LinearParams { rows: 5, inputs: 16, outputs: 8, ..Default::default() };
    let mut results = Vec::new();
    for on in [false, true] {
        if !gpu.profile(on) {
            eprintln!("SKIP: {} has no clock", gpu.adapter());
        }
        pass(&mut backend, &[x.len(), 40, 40], &[]);
        backend.write(Slot(0), &x);
        backend.linear(&layer, params, Slot(0), Finish::Plain, Slot(1));
        backend.linear(&layer, params, Slot(0), Finish::GeluErf, Slot(1));
        backend.linear(&layer, params, Slot(0), Finish::Plain, Slot(2));
        results.push(read(&mut backend, Slot(2), 40));
    }
    assert_eq!(results[0], results[1]);
    if gpu.profile(false) {
        let times = gpu.kernel_times();
        let dispatches: u32 = times.iter().map(|time| time.dispatches).sum();
        assert_eq!((times.len(), dispatches), (2, 3), "{times:?}");
        assert!((times.iter().map(|time| time.share).sum::<f64>() - 1.0).abs() < 1e-9, "{times:?}");
    }
}
