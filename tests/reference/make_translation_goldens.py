"""Writes tests/golden/translation/ (tensors.safetensors, cases.json, alignments.json) from the numpy model, and checks that against the JAX one.

    python tests/reference/make_translation_goldens.py www/models/tatoeba-en-fr-zh

Needs training/requirements.txt. What the files hold is in README.md beside this file. The weights are those of the
folder: of 8 bits, multiplied by their scales.
"""

import hashlib
import json
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

# One thread, so that the order of float64 sums is the same each time.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
from safetensors.numpy import save_file

from bert import utf16_offsets
from translation import Translation

ROOT = Path(__file__).parents[2]
OUT = ROOT / "tests" / "golden" / "translation"
BEAM = 4
# The engine's, of 32-bit floats, from these of 64.
TOLERANCE = 2e-5
# A greedy choice nearer than this to the next best piece could fall otherwise in 32 bits: the case is left out.
LEAST_MARGIN = 2e-4
# The same of two continuations of a beam search: its results are then kept, but not compared.
LEAST_GAP = 1e-4
LEAST_CASES = 30
KEPT_LOGITS = 8
# Longer sources and targets than this have so many of their rows kept, beside the projection of all.
LONGEST_WHOLE = 20
KEPT_ROWS = 5

# Those marked so are held-out sentences (training/data.py), or several of them in a row; the others are what nobody
# trained on either. A source of exactly max_positions tokens must be among them.
HELD_OUT = [
    ("fr", "Really?"),
    ("zh", "Really?"),
    ("fr", "Try hard."),
    ("zh", "Who cares?"),
    ("fr", "Do you go to church?"),
    ("zh", "She is as tall as you."),
    ("fr", "Have a nice day, Tom."),
    ("zh", "Did you buy it on the black market?"),
    ("fr", "Did you buy it on the black market?"),
    ("fr", "Would 9 o'clock be all right?"),
    ("zh", "Can you lend me 10,000 yen?"),
    ("fr", "She was born at six a.m. on July 17."),
    ("zh", "Lincoln died in 1865."),
    ("fr", "I'm listening to Björk's latest song."),
    ("zh", "I'm listening to Björk's latest song."),
    ("fr", "Tom bet $300 on the game."),
    ("zh", "I had no trouble finding his office."),
    ("fr", "I need an assistant who speaks French."),
    ("zh", "He made mistakes on purpose to annoy me."),
    ("fr", "We should not have done that. It was wrong."),
    ("zh", "I don't know whether Tom will eat with us or not."),
    ("fr", "I really don't want anything to eat right now."),
    ("zh", "We need you to tell us why you were absent all last week."),
    ("fr", "This is the last time I'll ask you to do anything for me."),
    ("zh", "If you could go back and start your life again, from what age would you like to start?"),
    ("fr", "It was after a meeting in America that he decided to write a book for non-scientists."),
    ("fr", "According to a recent study, the average life span of the Japanese is still increasing."),
    (
        "fr",
        "Did you buy it on the black market? I need an assistant who speaks French. We should not have done that. It was wrong. "
        "I really don't want anything to eat right now. If you have a minute, you might want to read this. "
        "This is the last time I'll ask you to do anything for me. Three crew members were rescued. The bridge is under construction. "
        "He did not speak unless spoken to. My house looks to the south. Try hard. Really, he kept working hard.",
    ),
    (
        "zh",
        "He usually went to bed at eleven. We have so many things left to do. Did you buy it on the black market? "
        "I had no trouble finding his office. We're having an office party tomorrow. You must be careful not to make him angry. "
        "Tom has never been willing to help us before. I don't know whether Tom will eat with us or not. She came back an hour later. "
        "He made mistakes on purpose to annoy me. Who do you think they were? I remember meeting you before. The child cried. He kept working hard. No.",
    ),
]
OTHERS = [
    ("fr", "Hi"),
    ("zh", "Run!"),
    ("fr", "Tom's café is near the hôtel, isn't it?"),
    ("fr", "“Don’t worry,” she said; ‘it’s fine…’"),
    ("zh", 'He said: "I don\'t know" (and left) - twice!'),
    ("zh", "It costs $1,250.99 or 27% more."),
    ("fr", "I ♥ 東京 and Москва."),
    ("zh", "The 🙂 emoji & the ☃ snowman."),
    ("fr", "<2zh> is not a tag here </s>."),
    ("zh", "  two   spaces\tand a tab  "),
    ("fr", "Supercalifragilisticexpialidocious pneumonoultramicroscopic words."),
]


class Jax:
    """The model that was trained, in 32-bit floats, from training/."""

    def __init__(self, folder: Path):
        sys.path.insert(0, str(ROOT / "training"))
        import jax
        import jax.numpy as jnp

        import batches
        import export
        import model
        import search

        self.search, self.config = search, model.Config.load(folder / "config.json")
        self.widths = [*batches.WIDTHS, self.config.max_positions]
        self.params = {name: jnp.asarray(value) for name, value in export.load(folder / "model.safetensors").items()}

        @jax.jit
        def forward(params, source, target):
            encoder, decoder, cross = [], [], []
            memory = model.encode(params, self.config, source, maps=encoder)
            outputs = model.decode(params, self.config, memory, source, target, self_maps=decoder, cross_maps=cross)
            maps = [jnp.stack(maps)[:, 0] for maps in (encoder, decoder, cross)]
            return memory[0], outputs[0] @ params["shared.weight"].T, *maps

        self.forward = forward

    def differences(self, source: list[int], target: list[int], expected: dict[str, np.ndarray], greedy_ids: list[int], beam: list | None) -> dict[str, float]:
        """The largest, by what differs. Its greedy search must end alike, and so must its beam search, unless `beam` is None."""
        # Padded, so that few programs are compiled.
        padded = [np.array([ids + [0] * (min(width for width in self.widths if width >= len(ids)) - len(ids))]) for ids in (source, target)]
        memory, logits, encoder, decoder, cross = (np.asarray(value) for value in self.forward(self.params, *padded))
        s, t = len(source), len(target)
        found = {
            "memory": memory[:s], "logits": logits[:t],
            "encoder": encoder[..., :s, :s], "decoder": decoder[..., :t, :t], "cross": cross[..., :t, :s],
        }
        difference = {name: float(np.abs(value - expected[name]).max()) for name, value in found.items()}
        ((greedy,),) = self.search.translate(self.params, self.config, [source], 1, tokens=256)
        assert greedy.ids == greedy_ids, "greedy search differs"
        if beam is None:
            return difference
        (beams,) = self.search.translate(self.params, self.config, [source], BEAM, tokens=256)
        penalty = self.config.length_penalty
        ranked = sorted(beams, key=lambda result: -result.score(penalty))
        assert [result.ids for result in ranked] == [result.ids for result in beam], "beam search differs"
        return difference | {"score": max(abs(a.score(penalty) - b.score) for a, b in zip(ranked, beam))}


def alignments(model: Translation, folder: Path) -> None:
    """alignments.json: of each pair of tests/golden/alignments.tsv, in its order, the words of the pieces and the links by the
    choices in alignment.json."""
    sys.path.insert(0, str(ROOT / "training"))
    import align

    chosen = json.loads((folder / "alignment.json").read_text())
    choices = {lens: align.Choice(**chosen[lens]["choice"]) for lens in ("weight", "norm")}
    found = []
    for pair in align.read():
        read = align.read_pair(model, pair)
        found.append(
            {"language": pair.language, "english": pair.english, "translation": pair.translation}
            | {"source_words": read.source_words.tolist(), "target_words": read.target_words.tolist()}
            | {lens: align.pharaoh(align.align(read, choice)) for lens, choice in choices.items()}
        )
    lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in found)
    (OUT / "alignments.json").write_text(f"[\n{lines}\n]\n")


def kept_rows(count: int) -> np.ndarray:
    """All, or a few from the first to the last."""
    rows = np.arange(count) if count <= LONGEST_WHOLE else np.linspace(0, count - 1, KEPT_ROWS).round()
    return rows.astype(np.int32)


def project(rows: np.ndarray) -> np.ndarray:
    """Of every row, the sum of its numbers, each times the cosine of its place."""
    return rows @ np.cos(np.arange(rows.shape[-1]))


def main(folder: Path) -> None:
    model, jax = Translation(folder), Jax(folder)
    alpha, eos = model.config["length_penalty"], model.config["eos_id"]
    tensors: dict[str, np.ndarray] = {}
    cases, largest = [], {}
    left_out = 0
    for language, text in HELD_OUT + OTHERS:
        number = len(cases)
        source = model.source_ids(language, text)
        assert len(source) <= model.config["max_positions"], f"{text!r}: {len(source)} tokens"
        (greedy, *_), _ = model.search(source, 1, alpha)
        ended = len(greedy.ids) < model.longest(source)
        written = [*greedy.ids, eos] if ended else greedy.ids
        target = [model.config["bos_id"], *written[:-1]]
        memory, encoder = model.encode(source)
        logits, decoder, cross, values = model.decode(memory, target)
        following = model.log_probabilities(logits)
        best = np.sort(following, axis=-1)[:, ::-1]
        margin = float((best[:, 0] - best[:, 1]).min())
        if margin < LEAST_MARGIN:
            left_out += 1
            print(f"left out: {language} {text[:40]!r}, where two pieces are {margin:.1e} apart", flush=True)
            continue
        beam, gap = model.search(source, BEAM, alpha)
        assert following.argmax(-1).tolist() == written
        exact = {"memory": memory, "logits": logits, "encoder": encoder, "decoder": decoder, "cross": cross}
        for name, value in jax.differences(source, target, exact, greedy.ids, beam if gap >= LEAST_GAP else None).items():
            largest[name] = max(largest.get(name, 0.0), value)
        top = np.argsort(-logits, axis=-1, kind="stable")[:, :KEPT_LOGITS]
        rows, target_rows = kept_rows(len(source)), kept_rows(len(target))
        kept = {
            "source": np.array(source, np.int32),
            "target": np.array(target, np.int32),
            "source_rows": rows,
            "target_rows": target_rows,
            "memory": memory[rows],
            "memory_projection": project(memory),
            "encoder": encoder[:, :, rows],
            "encoder_projection": project(encoder),
            "decoder": decoder[:, :, target_rows],
            "decoder_projection": project(decoder),
            "cross": cross[:, :, target_rows],
            "cross_projection": project(cross),
            "cross_lengths": np.linalg.norm(values, axis=-1),
            "top_pieces": top.astype(np.int32),
            "top_logits": np.take_along_axis(logits, top, -1),
            "logits_projection": project(logits),
        }
        if not cases or len(source) == model.config["max_positions"]:
            kept["last_logits"] = logits[-1]
        for name, value in kept.items():
            tensors[f"{number:02}.{name}"] = np.ascontiguousarray(value if value.dtype == np.int32 else value.astype(np.float32))
        encoding, offsets = model.tokenizer.encode(text), utf16_offsets(text)
        cases.append(
            {
                "language": language,
                "text": text,
                "pieces": [model.tokenizer.id_to_token(piece) for piece in source],
                # UTF-16 offsets of the pieces of the text: neither the tag's nor the end's.
                "spans": [[offsets[start], offsets[end]] for start, end in encoding.offsets[:-1]],
                "unknown": [place for place, piece in enumerate(source) if piece == model.config["unk_id"]],
                "greedy": {"ids": greedy.ids, "score": greedy.score, "text": model.decode_text(greedy.ids), "ended": ended},
                "beam": [{"ids": result.ids, "score": result.score, "text": model.decode_text(result.ids)} for result in beam],
                "smallest_margin": margin,
                "smallest_gap": gap,
            }
        )
        print(f"{number:02} {language} {text[:40]!r} -> {cases[-1]['greedy']['text']!r}, {cases[-1]['beam'][0]['text']!r}", flush=True)
    about = {
        "tolerance": TOLERANCE,
        "beam": BEAM,
        "length_penalty": alpha,
        "weights": "8-bit integers times their 16-bit scales, exactly; all arithmetic in 64-bit floats",
        "weights_sha256": hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest(),
        "tokenizer_sha256": hashlib.sha256((folder / "tokenizer.json").read_bytes()).hexdigest(),
        "jax_difference": largest,
        "versions": {"python": platform.python_version()} | {name: version(name) for name in ("numpy", "tokenizers", "safetensors", "jax")},
    }
    assert len(cases) >= LEAST_CASES, f"{len(cases)} cases are left, {LEAST_CASES} are wanted"
    assert any(len(case["pieces"]) == model.config["max_positions"] for case in cases), "none is as long as the model reads"
    OUT.mkdir(exist_ok=True)
    save_file(tensors, OUT / "tensors.safetensors", metadata={"about": json.dumps(about)})
    (OUT / "cases.json").write_text(json.dumps(about | {"cases": cases}, ensure_ascii=False, separators=(",", ":")).replace('{"language"', '\n{"language"') + "\n")
    alignments(model, folder)
    size = (OUT / "tensors.safetensors").stat().st_size / 1e6
    print(f"{len(cases)} cases ({left_out} left out), {size:.1f} MB; from JAX: {largest}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
