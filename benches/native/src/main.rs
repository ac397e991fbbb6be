//! How long a forward pass takes natively: on the CPU and on the Vulkan adapter, in each precision, for 8 to 512 tokens.
//!
//!     cargo run --release --package native-bench -- --models ~/.cache/attention-map/models --out native.json
//!
//! Beside each time stands what share that is of the machine's limits, where they are given, and for the GPU a table of
//! its kernels. `pytorch.py` beside this measures the same on PyTorch.

mod measure;
mod report;

use std::path::PathBuf;
use std::rc::Rc;

use anyhow::{Context, Result, bail};
use attention_map::cpu::{self, CpuBackend};
use attention_map::gpu::{Gpu, GpuBackend};
use attention_map::model::bert::{Bert, Config};
use attention_map::model::{CONFIG_FILE, MODELS, ModelSpec, WEIGHTS_FILE};
use attention_map::ops::linear::Shape;
use attention_map::tensor::{FileBytes, Matrix};
use attention_map::weights::Weights;
use clap::Parser;

use measure::{Limits, Run, Subject, measure};
use report::{Report, markdown};

/// Times forward passes on the CPU and on the Vulkan adapter.
#[derive(Parser)]
#[command(name = "native-bench")]
struct Arguments {
    /// The folder that holds each model in a folder of its id.
    #[arg(long, value_name = "FOLDER")]
    models: PathBuf,
    /// Where the numbers go, as JSON.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Passes that count, after two that don't.
    #[arg(long, default_value_t = 15)]
    runs: usize,
    /// Lengths of the sequences.
    #[arg(long, value_delimiter = ',', default_values_t = [8, 16, 32, 64, 128, 256, 512])]
    tokens: Vec<usize>,
    /// What the processor's one core can do at best, in GFLOP/s of 32-bit floats.
    #[arg(long, value_name = "GFLOP/S")]
    cpu_gflops: Option<f64>,
    /// What the processor reads at best, in GB/s.
    #[arg(long, value_name = "GB/S")]
    cpu_bandwidth: Option<f64>,
    /// What the GPU can do at best, in GFLOP/s of 32-bit floats.
    #[arg(long, value_name = "GFLOP/S")]
    gpu_gflops: Option<f64>,
    /// What the GPU reads at best from its memory, in GB/s.
    #[arg(long, value_name = "GB/S")]
    gpu_bandwidth: Option<f64>,
    /// Only kernels of one shape on the GPU, to compare them: registers, rows, tiles or wide.
    #[arg(long, value_name = "SHAPE", value_parser = parse_shape)]
    only: Option<Shape>,
    /// Leave the CPU out.
    #[arg(long)]
    no_cpu: bool,
}

fn parse_shape(name: &str) -> Result<Shape, String> {
    serde_json::from_value(name.into()).map_err(|error| error.to_string())
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if arguments.runs == 0 {
        bail!("--runs must be at least 1");
    }
    let report = pollster::block_on(run(&arguments))?;
    println!("{}", markdown(&report));
    if let Some(out) = &arguments.out {
        let json = serde_json::to_string_pretty(&report)?;
        std::fs::write(out, json + "\n").with_context(|| format!("could not write {}", out.display()))?;
    }
    Ok(())
}

async fn run(arguments: &Arguments) -> Result<Report> {
    let gpu = match Gpu::new(true).await {
        Ok(gpu) => gpu.map(Rc::new),
        Err(error) => {
            eprintln!("without a GPU: {error}");
            None
        }
    };
    let mut runs = Vec::new();
    for spec in MODELS {
        let (config, weights) = read(arguments, spec)?;
        let parsed = Weights::parse(WEIGHTS_FILE, &weights)?;
        let bytes_a_weight = bytes_a_weight(&config, &parsed)?;
        if !arguments.no_cpu {
            let mut bert = Bert::load(config.clone(), &parsed, CpuBackend::new())?;
            let subject = Subject {
                model: spec.id,
                backend: "cpu",
                adapter: cpu::name(),
                config: &config,
                bytes_a_weight,
                limits: Limits { gflops: arguments.cpu_gflops, bandwidth: arguments.cpu_bandwidth },
            };
            for &tokens in &arguments.tokens {
                eprintln!("{}, CPU, {tokens} tokens", spec.id);
                let times = measure(&mut bert, tokens, arguments.runs).await?;
                runs.push(Run::new(&subject, tokens, times, Vec::new()));
            }
        }
        let Some(gpu) = &gpu else { continue };
        let backend = match arguments.only {
            Some(shape) => GpuBackend::only(gpu.clone(), shape),
            None => GpuBackend::new(gpu.clone()),
        };
        let mut bert = Bert::load(config.clone(), &parsed, backend)?;
        let subject = Subject {
            model: spec.id,
            backend: "gpu",
            adapter: gpu.adapter(),
            config: &config,
            bytes_a_weight,
            limits: Limits { gflops: arguments.gpu_gflops, bandwidth: arguments.gpu_bandwidth },
        };
        for &tokens in &arguments.tokens {
            eprintln!("{}, {}, {tokens} tokens", spec.id, gpu.adapter());
            let times = measure(&mut bert, tokens, arguments.runs).await?;
            // Apart from the times, which are those of whole passes.
            if gpu.profile(true) {
                measure(&mut bert, tokens, 1).await?;
            }
            gpu.profile(false);
            runs.push(Run::new(&subject, tokens, times, gpu.kernel_times()));
        }
    }
    Ok(Report { runs, tuning: gpu.map(|gpu| gpu.tuning()) })
}

fn read(arguments: &Arguments, spec: &ModelSpec) -> Result<(Config, FileBytes)> {
    let file = |name: &str| {
        let path = arguments.models.join(spec.id).join(name);
        std::fs::read(&path)
            .with_context(|| format!("could not read {}; `cargo xtask model` makes it", path.display()))
    };
    Ok((Config::from_json(spec.id, &file(CONFIG_FILE)?)?, Rc::new(file(WEIGHTS_FILE)?)))
}

fn bytes_a_weight(config: &Config, weights: &Weights) -> Result<f64> {
    let shape = [config.intermediate_size, config.hidden_size];
    Ok(match weights.matrix("encoder.layer.0.intermediate.dense.weight", shape)? {
        Matrix::F32(_) => 4.0,
        Matrix::Q8(matrix) => 1.0 + 2.0 / matrix.block() as f64,
    })
}
