"""BLEU, chrF and loss on the held-out sentences, all their translations counted.

    python training/evaluate.py FOLDER --out RESULTS.json [--weights model.safetensors] [--beams 1 4] [--alpha A] [--set test]

FOLDER holds model.safetensors (32-bit floats or 8-bit integers with scales), tokenizer.json and config.json.
"""

import argparse
import json
import time
from functools import partial
from pathlib import Path

import jax
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


def evaluate(folder: Path, weights: str, which: str, beams: list[int], limit: int | None = None, alpha: float | None = None) -> dict:
    """By language: the figures of each beam, `beam_N`, and `hypotheses_N`. `alpha` is config.json's if not given."""
    tokenizer = pieces.load(folder / "tokenizer.json")
    config = model.Config.load(folder / "config.json")
    alpha = config.length_penalty if alpha is None else alpha
    params = {name: jnp.asarray(value) for name, value in export.load(folder / weights).items()}
    results: dict = {}
    for language, pairs in data.load()[which].items():
        together = list(data.references(pairs).items())[:limit]
        sources = batches.encode_source(tokenizer, config, language, [english for english, _ in together])
        references = [found for _, found in together]
        results[language] = {
            "sentences": len(together), "references": sum(map(len, references)),
            "nats_a_token": loss(params, config, batches.encode_pairs(tokenizer, config, pairs)),
        }
        for beam in beams:
            began = time.monotonic()
            found = [search.best(results, alpha) for results in search.translate(params, config, sources, beam)]
            hypotheses = [tokenizer.decode(result.ids) for result in found]
            measured = scores(language, hypotheses, references) | {"alpha": alpha, "seconds": round(time.monotonic() - began, 1)}
            print(weights, which, language, beam, json.dumps(measured), flush=True)
            results[language][f"beam_{beam}"] = measured
            results[language][f"hypotheses_{beam}"] = [
                {"english": english, "translation": text, "references": known}
                for (english, known), text in zip(together, hypotheses)
            ]
    return results


def loss(params: model.Params, config: model.Config, pairs: list[batches.Ids]) -> float:
    """Nats a token of pairs that are not too long to batch."""
    pairs = [pair for pair in pairs if batches.size(pair) <= batches.WIDTHS[-1]]
    sums = [plain_loss(params, *batch, config=config) for batch in batches.in_order(pairs, 2048, config.pad_id)]
    return float(sum(total for total, _ in sums) / sum(count for _, count in sums))


@partial(jax.jit, static_argnames=("config",))
def plain_loss(params, source, target, *, config):
    return model.loss(params, config, source, target, 0.0)[1]


def best_penalty(folder: Path, weights: str, beam: int, tried: tuple[float, ...]) -> dict[float, float]:
    """The mean of both languages' BLEU on the development set, by length penalty."""
    tokenizer = pieces.load(folder / "tokenizer.json")
    config = model.Config.load(folder / "config.json")
    params = {name: jnp.asarray(value) for name, value in export.load(folder / weights).items()}
    found = {alpha: 0.0 for alpha in tried}
    for language, pairs in data.load()["dev"].items():
        together = data.references(pairs)
        sources = batches.encode_source(tokenizer, config, language, list(together))
        results = search.translate(params, config, sources, beam)
        for alpha in tried:
            hypotheses = [tokenizer.decode(search.best(those, alpha).ids) for those in results]
            found[alpha] += scores(language, hypotheses, list(together.values()))["bleu"] / 2
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--weights", default="model.safetensors")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--beams", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--alpha", type=float, help="of the length penalty")
    parser.add_argument("--set", default="test", choices=["dev", "test"])
    parser.add_argument("--limit", type=int, help="only so many sentences a language")
    options = parser.parse_args()
    results = evaluate(options.folder, options.weights, options.set, options.beams, options.limit, options.alpha)
    if options.out:
        options.out.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
