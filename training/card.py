"""The model card, from the figures of a run."""

import re

from sacrebleu.metrics import CHRF

import model

LANGUAGES = {"fr": "English to French", "zh": "English to Chinese"}
SAMPLES = 5
LEAST_WORDS = 6


def text(facts: dict) -> str:
    config, alignment = facts["config"], facts["alignment"]
    return "\n\n".join(
        [
            _what(facts["run"]["parameters"], config, facts["bytes"]),
            _training(facts),
            _figures(facts),
            _alignment(alignment, config),
            _samples(facts["evaluation"]["hypotheses"]),
            LIMITS,
        ]
    ) + "\n"


def _what(parameters: int, config: model.Config, size: int) -> str:
    return f"""# tatoeba-en-fr-zh: English to French and Simplified Chinese

A Transformer encoder-decoder for short everyday sentences, trained from nothing for this project so that its attention can be looked
at: {config.encoder_layers} encoder and {config.decoder_layers} decoder layers, width {config.d_model}, {config.heads} heads of {config.d_model // config.heads}, feed-forward width {config.ffn} (GELU), layer norm before each part, sinusoidal
positions, one vocabulary of {config.vocab_size} byte-pair pieces for three languages, one table for embeddings and output; {parameters:,} parameters.
The first token of the source says the language: `<2fr>` or `<2zh>`.

| file | |
| --- | --- |
| `model.safetensors` | the weights in 8 bits, {size / 1e6:.1f} MB, by the rule of [tests/reference/README.md](../../../tests/reference/README.md) |
| `tokenizer.json` | for the `tokenizers` library, Python or Rust |
| `config.json` | every setting, by name |
| `alignment.json` | the heads that word alignment is read from, and its error rates |

## Licence and attribution

Trained on sentence pairs from **Tatoeba (tatoeba.org), prepared by manythings.org/anki, CC BY 2.0**
(https://creativecommons.org/licenses/by/2.0/). Whoever passes the model on names them so. They were changed before
training as `training/data.py` says. The weights themselves are under this project's licences, MIT or Apache-2.0."""


def _training(facts: dict) -> str:
    run, progress, log = facts["run"], facts["progress"], facts["log"]
    options = run["arguments"]
    versions = ", ".join(f"{name} {number}" for name, number in run["versions"].items())
    return f"""## Training

Data, split and program: [training/README.md](../../../training/README.md). The command:

    python training/train.py RUN --minutes {float(options["minutes"]):g} --seed {options["seed"]}

{progress["seconds"] / 60:.0f} minutes on {run["processors"]} CPU cores, which other programs shared: {progress["step"]:,} steps, {progress["tokens"]:,} target tokens
({progress["tokens"] / progress["seconds"]:,.0f} a second), {float(log[-1]["epoch"]):.2f} epochs of {run["train_pairs_an_epoch"]:,} pairs, in which each Chinese pair counts three times.
Optimiser {options["optimiser"]}, largest rate {options["rate"]}, {options["warmup"]} steps of warm-up and a cosine over the time, batches of about {options["tokens"]} target tokens, label smoothing
{options["smoothing"]}, dropout {options["dropout"]}; the weights are a running average. No alignment was ever shown to it. Python {run["python"]}, {versions}.

{facts["notes"]}

![Loss over time](loss.png)"""


def _figures(facts: dict) -> str:
    rows = facts["evaluation"]["rows"]
    lines = [
        f"| {LANGUAGES[row['language']]} | {row['weights']} | {'greedy' if row['beam'] == 1 else 'beam ' + str(row['beam'])} "
        f"| {row['sentences']:,} ({row['references']:,}) | {row['bleu']:.1f} | {row['chrf']:.1f} | {100 * row['exact']:.1f} % |"
        for row in sorted(rows, key=lambda row: (row["language"], row["sentences"] < 2000, row["weights"], row["beam"]))
    ]
    of = {row["language"]: row for row in rows}
    signatures = "\n".join(f"    {language}: {of[language][metric]}" for language in LANGUAGES for metric in ("bleu_signature", "chrf_signature"))
    penalties = ", ".join(f"{float(alpha):g}: {bleu:.2f}" for alpha, bleu in facts["penalties"].items())
    dev = facts["dev"][-1]
    return f"""## Figures

On held-out sentences, all their translations counted. Rows of fewer than 2,200 sentences are of the first so many of the test set, and compare
only with each other. `exact` is the share of translations that are word for word one of the references. Cross-entropy on the development set: {float(dev["fr"]):.2f} nats a
token for French, {float(dev["zh"]):.2f} for Chinese.

| | weights | search | sentences (references) | BLEU | chrF | exact |
| --- | --- | --- | --- | --- | --- | --- |
{chr(10).join(lines)}

sacreBLEU {facts["sacrebleu"]}, by `training/evaluate.py`; references are cleaned as the training data are:

{signatures}

The length penalty of beam search, {facts["config"].length_penalty:g}, is that with the best mean of both languages' BLEU on the development set, 400 sentences
each (32 bits, beam 4, by penalty {penalties})."""


def _alignment(results: dict, config: model.Config) -> str:
    rows = [f"| diagonal | | {_rates(results['diagonal']['gold'])} |"]
    for lens, name in (("weight", "weight"), ("norm", "norm-weighted")):
        choice = results[lens]["choice"]
        heads = "all heads" if len(choice["heads"]) == config.heads else "heads " + ", ".join(str(head + 1) for head in choice["heads"])
        rows.append(f"| {name} | layer {choice['layer'] + 1}, {heads}, row that {choice['row']} the word | {_rates(results[lens]['gold'])} |")
    layers = "\n".join(
        f"| {int(place.split(',')[0]) + 1} |{place.split(',')[1]} | {results['weight']['gold_by_layer_all_heads'][place]:.3f} | {results['norm']['gold_by_layer_all_heads'][place]:.3f} |"
        for place in results["weight"]["gold_by_layer_all_heads"]
    )
    return f"""## Word alignment

Read from cross-attention of the reference translation, teacher-forced (8-bit weights): each target word is linked to the source word of most weight, over all
heads' mean. Error rates (AER, lower is better) on {results["pairs"]["gold"]} held-out pairs aligned by hand, `tests/golden/alignments.tsv`; layer and
row were chosen on {results["pairs"]["dev"]} other pairs. `training/align.py` makes the table.

| lens | chosen | all | French | Chinese |
| --- | --- | --- | --- | --- |
{chr(10).join(rows)}

All heads' mean, by layer and by whether a word's row is that which reads or which writes it (nothing was chosen by this):

| layer | row | weight | norm-weighted |
| --- | --- | --- | --- |
{layers}"""


def _rates(found: dict[str, float]) -> str:
    return f"{found['all']:.3f} | {found['fr']:.3f} | {found['zh']:.3f}"


def _samples(results: dict) -> str:
    if not results:
        return "## Samples\n\nNone: the evaluation was stopped before it wrote its translations. `training/publish.py` makes this part."
    chrf = CHRF()
    parts = [
        f"""## Samples

Beam 4, 8-bit weights, of the sentences that it was measured on with {LEAST_WORDS} words or more: for each language the {SAMPLES} whose chrF is highest (of equal ones those
first in the test), and the {SAMPLES} whose is lowest."""
    ]
    for language, name in LANGUAGES.items():
        found = [case for case in results[language] if len(case["english"].split()) >= LEAST_WORDS]
        ranked = sorted(found, key=lambda case: -chrf.sentence_score(case["translation"], case["references"]).score)
        for title, cases in ((f"{name}, good", ranked[:SAMPLES]), (f"{name}, bad", ranked[-SAMPLES:])):
            rows = [f"| {_cell(case['english'])} | {_cell(case['translation'])} | {_cell(case['references'][0])} |" for case in cases]
            parts.append(f"{title}:\n\n| source | translation | a reference |\n| --- | --- | --- |\n" + "\n".join(rows))
    return "\n\n".join(parts)


def _cell(text: str) -> str:
    return re.sub(r"([|*_<>])", r"\\\1", text)


LIMITS = """## Limits

- It knows short everyday sentences, as learners of a language write them. News, technical text, long sentences and other source
  languages are out of its reach: it answers all the same, often with fluent nonsense. Nothing in the answer says so.
- Its sentences speak of Tom more than of anyone else, and choose between *tu* and *vous*, or a gender, as the data happened to.
- Chinese has a sixth of the pairs, and reads worse.
- A character that is not in the vocabulary is one unknown piece to it; it never writes one.
- At most 128 tokens in and out. No training pair was longer than 66.
- A figure of attention is a weight. The alignment table says how often the largest weight is on the word that a person would link."""
