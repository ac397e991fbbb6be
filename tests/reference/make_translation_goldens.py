"""Writes tests/golden/translation.safetensors and .json from the numpy model, and checks that against the JAX one.

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
OUT = ROOT / "tests" / "golden"
BEAM = 4
# The engine's, of 32-bit floats, from these of 64.
TOLERANCE = 2e-5
# A greedy choice nearer than this to the next best piece could fall otherwise in 32 bits: the case is refused.
LEAST_MARGIN = 1e-3
KEPT_LOGITS = 8

CASES = [
    ("fr", "Hi"),
    ("zh", "Hi"),
    ("fr", "Go."),
    ("zh", "Run!"),
    ("fr", "I know."),
    ("zh", "Who is he?"),
    ("fr", "Can I borrow your car?"),
    ("zh", "Can I borrow your car?"),
    ("fr", "Where do you want to go tomorrow?"),
    ("zh", "Where do you want to go tomorrow?"),
    ("fr", "I shouldn't have told you anything."),
    ("zh", "I'd like to listen to pop music."),
    ("fr", "She told him that it would rain all day."),
    ("zh", "He lost his balance and fell off the ladder."),
    ("fr", "Tom's café is near the hôtel, isn't it?"),
    ("zh", "My fiancée loves jalapeños."),
    ("fr", "“Don’t worry,” she said; ‘it’s fine…’"),
    ("zh", 'He said: "I don\'t know" (and left) - twice!'),
    ("fr", "I was born on October 23, 1979, at 3:45."),
    ("zh", "It costs $1,250.99 or 27% more."),
    ("fr", "I ♥ 東京 and Москва."),
    ("zh", "The 🙂 emoji & the ☃ snowman."),
    ("fr", "<2zh> is not a tag here </s>."),
    ("fr", "THE ROOF LEAKS WHEN IT RAINS"),
    ("zh", "  two   spaces\tand a tab  "),
    ("fr", "Supercalifragilisticexpialidocious pneumonoultramicroscopic words."),
    ("zh", "The quick brown fox jumps over the lazy dog."),
    ("fr", "If more people had voted, we would have won the election."),
    ("zh", "Tom had a pain in his chest, so he went to the hospital."),
    ("fr", "To be happy, you should spend time with someone you love."),
    ("zh", "We need you to tell us why you were absent all last week."),
    ("fr", "I didn't know Tom hadn't done what he was supposed to do, and nobody had ever told me that he was not there."),
    ("zh", "If a person has not had a chance to acquire his target language by the time he's an adult, he will never speak it well."),
    ("fr", "The investigation is under way."),
    ("zh", "She has put on weight recently."),
    ("fr", ""),
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

    def differences(self, source: list[int], target: list[int], expected: dict[str, np.ndarray], beam: list) -> dict[str, float]:
        """The largest, by what differs. Its searches must end alike."""
        # Padded, so that few programs are compiled.
        padded = [np.array([ids + [0] * (min(width for width in self.widths if width >= len(ids)) - len(ids))]) for ids in (source, target)]
        memory, logits, encoder, decoder, cross = (np.asarray(value) for value in self.forward(self.params, *padded))
        s, t = len(source), len(target)
        found = {
            "memory": memory[:s], "logits": logits[:t],
            "encoder": encoder[..., :s, :s], "decoder": decoder[..., :t, :t], "cross": cross[..., :t, :s],
        }
        (greedy,), (beams,) = (self.search.translate(self.params, self.config, [source], count, tokens=256) for count in (1, BEAM))
        assert greedy[0].ids == target[1:], "greedy search differs"
        penalty = self.config.length_penalty
        ranked = sorted(beams, key=lambda result: -result.score(penalty))
        assert [result.ids for result in ranked] == [result.ids for result in beam], "beam search differs"
        difference = {name: float(np.abs(value - expected[name]).max()) for name, value in found.items()}
        return difference | {"score": max(abs(a.score(penalty) - b.score) for a, b in zip(ranked, beam))}


def main(folder: Path) -> None:
    model, jax = Translation(folder), Jax(folder)
    alpha, eos = model.config["length_penalty"], model.config["eos_id"]
    tensors: dict[str, np.ndarray] = {}
    cases, largest = [], {}
    for number, (language, text) in enumerate(CASES):
        source = model.source_ids(language, text)
        greedy = model.search(source, 1, alpha)[0]
        beam = model.search(source, BEAM, alpha)
        target = [model.config["bos_id"], *greedy.ids]
        memory, encoder = model.encode(source)
        logits, decoder, cross, values = model.decode(memory, target)
        following = model.log_probabilities(logits)
        best = np.sort(following, axis=-1)[:, ::-1]
        margin = float((best[:, 0] - best[:, 1]).min())
        assert margin > LEAST_MARGIN, f"{text!r}: two pieces are {margin:.1e} apart"
        ended = len(greedy.ids) < model.longest(source)
        written = [*greedy.ids, eos] if ended else greedy.ids
        assert following.argmax(-1).tolist()[: len(written)] == written
        exact = {"memory": memory, "logits": logits, "encoder": encoder, "decoder": decoder, "cross": cross}
        for name, value in jax.differences(source, target, exact, beam).items():
            largest[name] = max(largest.get(name, 0.0), value)
        top = np.argsort(-logits, axis=-1, kind="stable")[:, :KEPT_LOGITS]
        kept = {
            "source": np.array(source, np.int32),
            "target": np.array(target, np.int32),
            "memory": memory,
            "encoder": encoder,
            "decoder": decoder,
            "cross": cross,
            "cross_lengths": np.linalg.norm(values, axis=-1),
            "top_pieces": top.astype(np.int32),
            "top_logits": np.take_along_axis(logits, top, -1),
            "logits_projection": logits @ np.cos(np.arange(logits.shape[1])),
            "last_logits": logits[-1],
        }
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
    save_file(tensors, OUT / "translation.safetensors", metadata={"about": json.dumps(about)})
    (OUT / "translation.json").write_text(json.dumps(about | {"cases": cases}, ensure_ascii=False, indent=1) + "\n")
    print(f"{len(cases)} cases, {(OUT / 'translation.safetensors').stat().st_size / 1e6:.1f} MB; from JAX: {largest}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
