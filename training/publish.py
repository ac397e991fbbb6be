"""A run's model for the repository: 8-bit weights, evaluation, word alignment, loss curve, and the card with their figures.

    python training/publish.py RUN www/models/tatoeba-en-fr-zh

Reads of the test set; the length penalty is chosen on the development set. RUN keeps evaluation.json, with all translations.
"""

import argparse
import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import sacrebleu
from safetensors.numpy import load_file, save_file

import align
import card
import evaluate
import export
import model
import plot

BEAM = 4
PENALTIES = (0.0, 0.4, 0.7, 1.0, 1.3, 1.6)
STEPS = ("weights", "evaluation", "alignment", "card")


def weights(run: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    packed = export.quantised(load_file(run / "model.safetensors"))
    save_file(packed, folder / "model.safetensors", metadata={"quantisation": export.ABOUT})
    # safetensors makes files that only their owner may read.
    (folder / "model.safetensors").chmod(0o644)
    shutil.copyfile(run / "tokenizer.json", folder / "tokenizer.json")
    found = evaluate.best_penalty(run, "model.safetensors", BEAM, PENALTIES)
    print(f"BLEU on the development set by length penalty: {found}")
    (run / "penalties.json").write_text(json.dumps(found) + "\n")
    config = model.Config.load(run / "config.json")
    best = max(found, key=lambda alpha: found[alpha])
    config = replace(config, beam=BEAM, length_penalty=best)
    for to in (run, folder):
        config.save(to / "config.json")


def evaluation(run: Path, folder: Path, beam_limit: int | None) -> None:
    """evaluation.json: a row of figures for each measurement, and the beam's translations."""
    measured = [("32-bit", run, [1], None), ("8-bit", folder, [1], None), ("8-bit", folder, [BEAM], beam_limit)]
    rows, hypotheses = [], {}
    for label, where, beams, limit in measured:
        for language, found in evaluate.evaluate(where, "model.safetensors", "test", beams, limit).items():
            counts = {name: found[name] for name in ("sentences", "references")}
            rows += [{"language": language, "weights": label, "beam": beam} | counts | found[f"beam_{beam}"] for beam in beams]
            hypotheses[language] = found[f"hypotheses_{beams[-1]}"]
    results = {"rows": rows, "hypotheses": hypotheses}
    (run / "evaluation.json").write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n")


def alignment(folder: Path) -> None:
    results = align.evaluate(folder)
    (folder / "alignment.json").write_text(json.dumps(results, indent=1) + "\n")


def write_card(run: Path, folder: Path) -> None:
    plot.losses(run, folder / "loss.png")
    with open(run / "log.csv", newline="") as file:
        log = list(csv.DictReader(file))
    with open(run / "dev.csv", newline="") as file:
        dev = list(csv.DictReader(file))
    facts = {
        "dev": dev,
        "run": json.loads((run / "run.json").read_text()),
        "progress": json.loads((run / "state.json").read_text()),
        "log": log,
        "penalties": json.loads((run / "penalties.json").read_text()),
        "evaluation": json.loads((run / "evaluation.json").read_text()),
        "alignment": json.loads((folder / "alignment.json").read_text()),
        "config": model.Config.load(folder / "config.json"),
        # What a person has to say about the run; the card takes it over.
        "notes": (run / "notes.md").read_text().strip() if (run / "notes.md").exists() else "",
        "sacrebleu": sacrebleu.__version__,
        "bytes": (folder / "model.safetensors").stat().st_size,
    }
    (folder / "README.md").write_text(card.text(facts), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", choices=STEPS, nargs="+", default=STEPS)
    parser.add_argument("--beam-limit", type=int, help="beam search on so many sentences a language only")
    options = parser.parse_args()
    if "weights" in options.only:
        weights(options.run, options.folder)
    if "evaluation" in options.only:
        evaluation(options.run, options.folder, options.beam_limit)
    if "alignment" in options.only:
        alignment(options.folder)
    if "card" in options.only:
        write_card(options.run, options.folder)
    size = sum(path.stat().st_size for path in options.folder.iterdir())
    print(f"{size / 1e6:.2f} MB in {options.folder}")


if __name__ == "__main__":
    main()
