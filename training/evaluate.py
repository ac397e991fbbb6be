"""BLEU, chrF and loss on the held-out sentences, all their translations counted.

    python training/evaluate.py FOLDER --out RESULTS.json [--weights model.safetensors] [--beams 1 4] [--alpha 1.0] [--set test]

FOLDER holds model.safetensors (32-bit floats or 8-bit integers with scales), tokenizer.json and config.json.
"""

import argparse
import json
import time
from pathlib import Path

import jax.numpy as jnp
from sacrebleu.metrics import BLEU, CHRF

import batches
import data
import export
import model
import pieces
import search


def streams(references: list[list[str]]) -> list[list[str | None]]:
    """sacreBLEU's order: the first translation of every sentence, then the second, None where there is none."""
    most = max(len(found) for found in references)
    return [[found[place] if place < len(found) else None for found in references] for place in range(most)]


def scores(language: str, hypotheses: list[str], references: list[list[str]]) -> dict:
    bleu, chrf = BLEU(tokenize="zh" if language == "zh" else "13a"), CHRF()
    found = {
        "bleu": bleu.corpus_score(hypotheses, streams(references)).score,
        "chrf": chrf.corpus_score(hypotheses, streams(references)).score,
        "exact": sum(hypothesis in found for hypothesis, found in zip(hypotheses, references)) / len(hypotheses),
    }
    return found | {"bleu_signature": str(bleu.get_signature()), "chrf_signature": str(chrf.get_signature())}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--weights", default="model.safetensors")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--beams", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--alpha", type=float, default=1.0)
    parser.add_argument("--set", default="test", choices=["dev", "test"])
    parser.add_argument("--limit", type=int, help="only so many sentences a language")
    options = parser.parse_args()

    tokenizer = pieces.load(options.folder / "tokenizer.json")
    config = model.Config.load(options.folder / "config.json")
    params = {name: jnp.asarray(value) for name, value in export.load(options.folder / options.weights).items()}
    results: dict = {"set": options.set, "weights": options.weights}
    for language, pairs in data.load()[options.set].items():
        together = list(data.references(pairs).items())[: options.limit]
        sources = batches.encode_source(tokenizer, config, language, [english for english, _ in together])
        references = [found for _, found in together]
        encoded = batches.encode_pairs(tokenizer, config, pairs)
        sums = [model.loss(params, config, *batch, 0.0)[1] for batch in batches.in_order(encoded, 2048, config.pad_id)]
        results[language] = {
            "sentences": len(together), "references": sum(map(len, references)),
            "nats_a_token": float(sum(total for total, _ in sums) / sum(count for _, count in sums)),
        }
        for beam in options.beams:
            began = time.monotonic()
            found = search.translate(params, config, sources, beam, options.alpha)
            hypotheses = [tokenizer.decode(ids) for ids, _ in found]
            measured = scores(language, hypotheses, references) | {"beam": beam, "alpha": options.alpha, "seconds": round(time.monotonic() - began, 1)}
            results[language][f"beam_{beam}"] = measured
            print(language, json.dumps(measured), flush=True)
            results[language][f"hypotheses_{beam}"] = [
                {"english": english, "translation": text, "score": round(score, 4), "references": found}
                for (english, found), text, (_, score) in zip(together, hypotheses, found)
            ]
    if options.out:
        options.out.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
