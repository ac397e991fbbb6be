"""Trains the model for a given time on the clock.

    python training/train.py RUN --minutes 80

The rate depends on the share of the time that is over, so it comes down to its end on a slow machine too. RUN gets
tokenizer.json, config.json, log.csv, dev.csv, loss.png, run.json, the checkpoint (state.safetensors, state.json) and,
at the end, model.safetensors: the running average of the weights. Called again with the same RUN it goes on where
the checkpoint is. `--from` begins with the weights of another run, whose tokenizer and config it takes over.
"""

import argparse
import csv
import json
import math
import os
import platform
import shutil
import sys
import time
from functools import partial
from importlib.metadata import version
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from safetensors.numpy import load_file, save_file

import batches
import data
import evaluate
import export
import model
import optimiser
import pieces
import plot

# Philox: dropout's numbers cost less on a CPU than by the default generator.
jax.config.update("jax_default_prng_impl", "rbg")
jax.config.update("jax_compilation_cache_dir", os.path.expanduser("~/.cache/attention-map/jax"))

CHECKPOINT_SECONDS = 180
LOG_STEPS = 25
DEV_SECONDS = 240
# Each Chinese pair is seen as often as this in an epoch.
REPEATS = {"fr": 1, "zh": 3}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--minutes", type=float, default=80)
    parser.add_argument("--from", dest="warm", type=Path, help="a model.safetensors, of 32 or 8 bits, its tokenizer.json and config.json beside it")
    parser.add_argument("--seed", type=int, default=20261128)
    parser.add_argument("--optimiser", choices=["adam", "muon"], default="muon")
    parser.add_argument("--rate", type=float, default=2.5e-3, help="the largest")
    parser.add_argument("--warmup", type=int, default=200, help="steps")
    parser.add_argument("--tokens", type=int, default=2048, help="of a batch's targets, padding too")
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--smoothing", type=float, default=0.1)
    parser.add_argument("--decay", type=float, default=0.05, help="Muon's weight decay")
    parser.add_argument("--d-model", type=int, default=192)
    parser.add_argument("--heads", type=int, default=6)
    parser.add_argument("--ffn", type=int, default=512)
    parser.add_argument("--layers", type=int, default=3, help="of the encoder and of the decoder")
    return parser.parse_args()


def rate_at(options: argparse.Namespace, step: int, share: float) -> float:
    """Up in a line for the first steps, down with a cosine to a hundredth at the end of the time."""
    down = 0.01 + 0.99 * (1 + math.cos(math.pi * min(share, 1))) / 2
    return options.rate * min(1, (step + 1) / options.warmup) * down


@partial(jax.jit, static_argnames=("config", "smoothing", "dropout", "decay"), donate_argnames=("params", "average", "state"))
def step_of(params, average, state, source, target, rate, keep, key, *, config, smoothing, dropout, decay):
    """One training step; `keep` is how much of the running average stays."""
    source, target = source.astype(jnp.int32), target.astype(jnp.int32)
    of = lambda params: model.loss(params, config, source, target, smoothing, model.Dropout(dropout, key))
    (smoothed, (plain, count)), gradients = jax.value_and_grad(of, has_aux=True)(params)
    gradients, norm = optimiser.clip(gradients, 1.0)
    params, state = optimiser.update(params, gradients, state, rate, decay)
    average = {name: keep * average[name] + (1 - keep) * params[name] for name in params}
    return params, average, state, (smoothed, plain, count, norm)


def save_state(run: Path, params, average, state, progress: dict) -> None:
    """Written beside the old one and then put in its place, so that a checkpoint is always whole."""
    tensors = {f"params.{name}": np.asarray(value) for name, value in params.items()}
    tensors |= {f"average.{name}": np.asarray(value) for name, value in average.items()}
    for part in ("first", "second"):
        tensors |= {f"{part}.{name}": np.asarray(value) for name, value in state[part].items()}
    tensors["step"] = np.asarray(state["step"])
    save_file(tensors, run / "state.part", metadata={"progress": json.dumps(progress)})
    (run / "state.part").replace(run / "state.safetensors")
    (run / "state.json").write_text(json.dumps(progress) + "\n")


def load_state(run: Path):
    from safetensors import safe_open

    with safe_open(run / "state.safetensors", "numpy") as file:
        progress = json.loads(file.metadata()["progress"])
    tensors = load_file(run / "state.safetensors")
    part = lambda prefix: {name.removeprefix(prefix): jnp.asarray(value) for name, value in tensors.items() if name.startswith(prefix)}
    state = {"first": part("first."), "second": part("second."), "step": jnp.asarray(tensors["step"])}
    return part("params."), part("average."), state, progress


def trim(path: Path, step: int) -> None:
    """Takes off what a stopped run logged after its last checkpoint, since those steps are done again."""
    if path.exists():
        header, *rows = path.read_text().splitlines()
        kept = [row for row in rows if int(row.split(",")[0]) <= step]
        path.write_text("\n".join([header, *kept]) + "\n")


def prepare(options: argparse.Namespace, sets) -> tuple:
    """The run's folder with its tokenizer and config, made where they are not there yet."""
    run = options.run
    run.mkdir(parents=True, exist_ok=True)
    if not (run / "config.json").exists():
        if options.warm:
            for name in ("tokenizer.json", "config.json"):
                shutil.copyfile(options.warm.parent / name, run / name)
        else:
            pieces.train(sets["train"]).save(str(run / "tokenizer.json"))
            model.Config(
                d_model=options.d_model, heads=options.heads, ffn=options.ffn,
                encoder_layers=options.layers, decoder_layers=options.layers,
            ).save(run / "config.json")
    return pieces.load(run / "tokenizer.json"), model.Config.load(run / "config.json")


def main() -> None:
    options = arguments()
    run = options.run
    sets = data.load()
    tokenizer, config = prepare(options, sets)
    encoded = {
        name: {language: batches.usable(batches.encode_pairs(tokenizer, config, pairs), config) for language, pairs in sets[name].items()}
        for name in ("train", "dev")
    }
    train_pairs = [pair for language, pairs in encoded["train"].items() for pair in pairs * REPEATS[language]]

    if (run / "state.safetensors").exists():
        params, average, state, progress = load_state(run)
        for name in ("log.csv", "dev.csv"):
            trim(run / name, progress["step"])
        print(f"goes on at step {progress['step']}, {progress['seconds'] / 60:.1f} minutes in")
    else:
        params = {name: jnp.asarray(value) for name, value in export.load(options.warm).items()} if options.warm else model.init(config, options.seed)
        average = {name: value.copy() for name, value in params.items()}
        state = optimiser.start(params, options.optimiser == "muon")
        progress = {"step": 0, "seconds": 0.0, "epoch": 0, "batch": 0, "tokens": 0}
    about = {
        "arguments": {name: str(value) for name, value in vars(options).items()},
        "command": " ".join(sys.argv),
        "parameters": sum(value.size for value in params.values()),
        "train_pairs_an_epoch": len(train_pairs),
        "versions": {name: version(name) for name in ("jax", "jaxlib", "numpy", "tokenizers", "safetensors", "opencc-python-reimplemented")},
        "python": platform.python_version(),
        "processors": os.cpu_count(),
    }
    (run / "run.json").write_text(json.dumps(about, indent=2) + "\n")
    print(json.dumps(about))

    log = open(run / "log.csv", "a", newline="", buffering=1)
    dev_log = open(run / "dev.csv", "a", newline="", buffering=1)
    write, write_dev = csv.writer(log).writerow, csv.writer(dev_log).writerow
    if progress["step"] == 0:
        write(["step", "seconds", "epoch", "loss", "smoothed_loss", "rate", "gradient_norm", "tokens_a_second"])
        write_dev(["step", "seconds", "fr", "zh"])

    total, before = 60 * options.minutes, progress["seconds"]
    began = saved = tested = shown = time.monotonic()
    recent, shown_tokens = [], 0
    while progress["seconds"] < total:
        random = np.random.default_rng([options.seed, progress["epoch"]])
        order = batches.epoch(train_pairs, options.tokens, random, config.pad_id)
        for number in range(progress["batch"], len(order)):
            source, target = batches.arrays(train_pairs, order[number], config.pad_id)
            step = progress["step"]
            rate = rate_at(options, step, progress["seconds"] / total)
            params, average, state, seen = step_of(
                params, average, state, source, target, np.float32(rate), np.float32(min(0.998, (1 + step) / (10 + step))),
                jax.random.fold_in(jax.random.key(options.seed), step),
                config=config, smoothing=options.smoothing, dropout=options.dropout, decay=options.decay,
            )
            recent.append([float(value) for value in seen])
            now = time.monotonic()
            count = int((target[:, 1:] != config.pad_id).sum())
            shown_tokens += count
            progress |= {"step": step + 1, "batch": number + 1, "seconds": before + now - began, "tokens": progress["tokens"] + count}
            if progress["step"] % LOG_STEPS == 0:
                smoothed, plain, tokens, norm = np.array(recent).T
                epoch = progress["epoch"] + progress["batch"] / len(order)
                speed = shown_tokens / (now - shown)
                row = [progress["step"], round(progress["seconds"], 1), round(epoch, 3), round(plain.sum() / tokens.sum(), 4), round(smoothed.mean(), 4), f"{rate:.3e}", round(norm.mean(), 3), round(speed)]
                write(row)
                print(f"step {row[0]}  {row[1] / 60:.1f} min  epoch {row[2]:.2f}  loss {row[3]:.3f}  rate {row[5]}  {row[7]} target tokens/s", flush=True)
                recent, shown, shown_tokens = [], now, 0
            if now - tested > DEV_SECONDS:
                tested = now
                losses = {language: evaluate.loss(average, config, pairs) for language, pairs in encoded["dev"].items()}
                write_dev([progress["step"], round(progress["seconds"], 1), *(round(loss, 4) for loss in losses.values())])
                print(f"dev {losses}", flush=True)
            if now - saved > CHECKPOINT_SECONDS:
                saved = now
                save_state(run, params, average, state, progress)
            if progress["seconds"] >= total:
                break
        else:
            progress |= {"epoch": progress["epoch"] + 1, "batch": 0}
    save_state(run, params, average, state, progress)
    losses = {language: evaluate.loss(average, config, pairs) for language, pairs in encoded["dev"].items()}
    write_dev([progress["step"], round(progress["seconds"], 1), *(round(loss, 4) for loss in losses.values())])
    save_file({name: np.asarray(value) for name, value in average.items()}, run / "model.safetensors")
    plot.losses(run, run / "loss.png")
    print(f"ended: {progress}, dev {losses}")


if __name__ == "__main__":
    main()
