"""The vocabulary that the three languages share: byte-pair encoding learned from the training pairs.

    python training/pieces.py OUT/tokenizer.json

The normaliser and the splitting use only what the Rust crate has without onig. A piece holds the space before it
as U+2581; an apostrophe stays with the letters before it (l' homme, don' t); every digit and mark is a piece.
"""

import sys

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

import data

SIZE = 6144
PAD, UNKNOWN, BEGIN, END = "<pad>", "<unk>", "<s>", "</s>"
TAGS = {"fr": "<2fr>", "zh": "<2zh>"}
SPECIAL = [PAD, UNKNOWN, BEGIN, END, *TAGS.values()]
# A character seen less often is unknown.
LEAST = 2


def train(train_pairs: dict[str, list[data.Pair]]) -> Tokenizer:
    texts: list[str] = []
    for language, pairs in train_pairs.items():
        # Chinese counts twice, as in training.
        repeat = 2 if language == "zh" else 1
        texts += [pair.translation for pair in pairs] * repeat
        texts += list(dict.fromkeys(pair.english for pair in pairs))
    counts: dict[str, int] = {}
    for text in texts:
        for character in text:
            counts[character] = counts.get(character, 0) + 1
    alphabet = sorted(character for character, count in counts.items() if count >= 2 * LEAST and character != " ")

    tokenizer = Tokenizer(models.BPE(unk_token=UNKNOWN))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.NFC(),
            normalizers.Replace(Regex("[’‘ʼ]"), "'"),
            normalizers.Replace(Regex("[\\t\\n\\r\u00a0\u2000-\u200b\u202f\u3000]"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=True),
            pre_tokenizers.Split(Regex(r"▁?[\p{L}\p{M}]+'?|▁?\p{N}|▁?[^\p{L}\p{M}\p{N}▁]|▁"), "isolated"),
        ]
    )
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always", split=True)
    trainer = trainers.BpeTrainer(
        vocab_size=SIZE, special_tokens=[AddedToken(text, special=True, normalized=False) for text in SPECIAL],
        initial_alphabet=alphabet, limit_alphabet=len(alphabet) + 1, min_frequency=2, show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"$A {END}", pair=None, special_tokens=[(END, tokenizer.token_to_id(END))]
    )
    return tokenizer


def load(path: str) -> Tokenizer:
    """Typed text that looks like a special token is text."""
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.encode_special_tokens = True
    return tokenizer


if __name__ == "__main__":
    train(data.load()["train"]).save(sys.argv[1])
