"""What has to hold before a training run is worth its time.

    python -m pytest -q training/tests
"""

import shutil
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from safetensors.numpy import save_file

TRAINING = Path(__file__).parents[1]
sys.path[:0] = [str(TRAINING), str(TRAINING.parent / "tests" / "reference")]

import align  # noqa: E402
import batches  # noqa: E402
import data  # noqa: E402
import export  # noqa: E402
import model  # noqa: E402
import optimiser  # noqa: E402
import pieces  # noqa: E402
import search  # noqa: E402
from translation import Translation  # noqa: E402

SMALL = dict(d_model=64, heads=2, ffn=96, encoder_layers=2, decoder_layers=2)


@pytest.fixture(scope="session")
def sets():
    return data.load()


@pytest.fixture(scope="session")
def folder(sets, tmp_path_factory):
    """A small model with random weights and the real tokenizer."""
    folder = tmp_path_factory.mktemp("model")
    pieces.train(sets["train"]).save(str(folder / "tokenizer.json"))
    config = model.Config(**SMALL)
    config.save(folder / "config.json")
    random = np.random.default_rng(1)
    # Vectors too are random, lest one be left out of a sum unseen.
    params = {
        name: np.asarray(value) + (random.normal(0, 0.1, value.shape).astype(np.float32) if value.ndim == 1 else 0)
        for name, value in model.init(config, 1).items()
    }
    save_file(params, folder / "model.safetensors")
    return folder


def test_the_split_has_no_english_sentence_in_two_sets(sets):
    keys = {name: {data.key(pair.english) for pairs in languages.values() for pair in pairs} for name, languages in sets.items()}
    assert not keys["train"] & keys["test"]
    assert not keys["train"] & keys["dev"]
    assert not keys["dev"] & keys["test"]
    for language, pairs in sets["test"].items():
        assert len(data.references(pairs)) >= 2000, language


def test_near_copies_share_a_key():
    assert data.key("I'm here.") == data.key("I am here!") == data.key("i’m here".replace("’", "'"))
    assert data.key("He can't swim.") == data.key("He cannot swim")
    assert data.key("I won 2.") != data.key("I won 3.")


def test_every_pair_of_the_files_is_in_one_set(sets):
    for language in data.FILES:
        assert sum(len(sets[name][language]) for name in sets) == len(data.read_pairs(language))


def test_chinese_is_simplified_with_wide_punctuation():
    assert data.clean_chinese("這本書多少錢?") == "这本书多少钱？"
    assert data.clean_chinese("「好」, 他說.") == "“好”，他说。"
    assert data.clean_chinese("我在２０１３年3.5点看到Tom Jones。") == "我在2013年3.5点看到Tom Jones。"


def test_translations_come_back_from_their_pieces(sets, folder):
    tokenizer = pieces.load(folder / "tokenizer.json")
    for language, pairs in sets["test"].items():
        texts = [pair.translation for pair in pairs]
        encodings = tokenizer.encode_batch(texts)
        known = [(text, encoding) for text, encoding in zip(texts, encodings) if 1 not in encoding.ids]
        assert len(known) > 0.97 * len(texts)
        assert [tokenizer.decode(encoding.ids) for _, encoding in known] == [text for text, _ in known]


def test_offsets_cover_the_typed_text(folder):
    tokenizer = pieces.load(folder / "tokenizer.json")
    text = "L’été, j’ai vu 27 chats… 我们<2fr>\u00a0!"
    encoding = tokenizer.encode(text)
    covered = "".join(text[start:end] for start, end in encoding.offsets[:-1])
    assert covered.replace(" ", "").replace("\u00a0", "") == text.replace(" ", "").replace("\u00a0", "")
    # A tag that was typed is text.
    assert tokenizer.token_to_id("<2fr>") not in encoding.ids


@pytest.mark.parametrize("muon", [False, True])
def test_steps_lower_the_loss_of_a_small_batch(muon):
    config = model.Config(vocab_size=64, **SMALL)
    random = np.random.default_rng(0)
    source, target = random.integers(6, 64, (8, 7)), random.integers(6, 64, (8, 9))
    params = model.init(config, 0)
    state = optimiser.start(params, muon)
    step = jax.jit(jax.value_and_grad(lambda params: model.loss(params, config, source, target, 0.1)[0]))
    losses = []
    for _ in range(30):
        value, gradients = step(params)
        params, state = optimiser.update(params, optimiser.clip(gradients, 1.0)[0], state, 3e-3, 0.0)
        losses.append(float(value))
    assert losses[-1] < losses[0] - 1.0


def test_the_loss_is_the_smoothed_cross_entropy(folder):
    config = model.Config.load(folder / "config.json")
    params = export.load(folder / "model.safetensors")
    source, target = np.array([[4, 9, 10, 3, 0]]), np.array([[2, 11, 12, 3, 0, 0]])
    smoothed, (plain, count) = model.loss(params, config, source, target, 0.1)
    memory = model.encode(params, config, source)
    logits = model.decode(params, config, memory, source, target[:, :-1]) @ params["shared.weight"].T
    rows = np.asarray(jax.nn.log_softmax(logits))[0, :3]
    right = -sum(rows[place, piece] for place, piece in enumerate((11, 12, 3)))
    assert count == 3
    assert plain == pytest.approx(right, rel=1e-4)
    assert smoothed == pytest.approx((0.9 * right - 0.1 * rows.mean(1).sum()) / 3, rel=1e-4)


def test_numpy_and_jax_agree(folder):
    config, reference = model.Config.load(folder / "config.json"), Translation(folder)
    params = export.load(folder / "model.safetensors")
    source, target = reference.source_ids("fr", "I don't know, do you?"), [2, 40, 50, 60, 70]
    # Padding behind the source must change nothing.
    padded = np.array([source + [0, 0, 0]])
    maps, own, cross = [], [], []
    with jax.default_matmul_precision("highest"):
        memory = model.encode(params, config, padded, maps=maps)
        outputs = model.decode(params, config, memory, padded, np.array([target]), self_maps=own, cross_maps=cross)
    logits = np.asarray(outputs[0] @ params["shared.weight"].T)
    expected_memory, expected_maps = reference.encode(source)
    expected_logits, expected_own, expected_cross, _ = reference.decode(expected_memory, target)
    count = len(source)
    np.testing.assert_allclose(np.asarray(memory)[0, :count], expected_memory, atol=2e-5)
    np.testing.assert_allclose(np.asarray(maps)[:, 0, :, :count, :count], expected_maps, atol=2e-6)
    np.testing.assert_allclose(np.asarray(own)[:, 0], expected_own, atol=2e-6)
    np.testing.assert_allclose(np.asarray(cross)[:, 0, :, :, :count], expected_cross, atol=2e-6)
    np.testing.assert_allclose(logits, expected_logits, atol=5e-5)


@pytest.mark.parametrize("beam", [1, 3])
def test_numpy_and_jax_find_the_same_translations(folder, tmp_path, beam):
    config = model.Config.load(folder / "config.json")
    weights = export.load(folder / "model.safetensors")
    # Random weights hardly ever end a sentence: these lean to it, so that beams end at different steps.
    weights["decoder.layer_norm.bias"] += 3.2 * weights["shared.weight"][config.eos_id]
    for name in ("tokenizer.json", "config.json"):
        shutil.copyfile(folder / name, tmp_path / name)
    save_file(weights, tmp_path / "model.safetensors")
    reference, params = Translation(tmp_path), {name: jnp.asarray(value) for name, value in weights.items()}
    texts = ("Hi.", "I don't know.", "What is it?", "Who told you that I was there?", "Nobody came.")
    sources = [reference.source_ids("fr", text) for text in texts]
    found = search.translate(params, config, sources, beam)
    assert len({result.length for results in found for result in results}) > 1
    for source, results in zip(sources, found):
        expected, _ = reference.search(source, beam, 1.0)
        ranked = sorted(results, key=lambda result: -result.score(1.0))
        assert [result.ids for result in ranked] == [result.ids for result in expected]
        assert [result.score(1.0) for result in ranked] == pytest.approx([result.score for result in expected], abs=1e-4)


def test_eight_bits_are_near_the_weights_they_came_from(folder):
    weights = export.load(folder / "model.safetensors")
    packed = export.quantised(weights)
    assert packed["shared.weight"].dtype == np.int8 and packed["shared.weight.scale"].shape == (model.Config.vocab_size, 1)
    save_file(packed, folder / "packed.safetensors")
    for name, value in export.load(folder / "packed.safetensors").items():
        # Half a step of the largest scale, and what 16 bits round the scale by.
        assert np.abs(value - weights[name]).max() <= np.abs(weights[name]).max() / 127 * 0.6, name


def test_aligned_pairs_are_of_the_test_set_and_their_words_are_the_texts(sets):
    held_out = {(pair.language, pair.english, pair.translation) for pairs in sets["test"].values() for pair in pairs}
    pairs = align.read()
    assert sum(pair.part == "gold" for pair in pairs) >= 60
    for pair in pairs:
        assert (pair.language, pair.english, pair.translation) in held_out
        assert "".join(pair.english_words) == pair.english.replace(" ", "")
        assert "".join(pair.translation_words) == pair.translation.replace(" ", "")
        for source, target in pair.possible:
            assert source < len(pair.english_words) and target < len(pair.translation_words)
        assert pair.sure


def test_error_rates_of_right_and_wrong_links():
    pairs = align.read()[:5]
    assert align.error_rate([pair.sure for pair in pairs], pairs) == 0
    assert align.error_rate([{(99, 99)} for _ in pairs], pairs) == 1
