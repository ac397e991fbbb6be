"""The loss curve of a run, from its log.

    python training/plot.py RUN OUT.png
"""

import csv
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt


def columns(path: Path) -> dict[str, list[float]]:
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: [float(row[name]) for row in rows] for name in rows[0]} if rows else {}


def losses(run: Path, out: Path) -> None:
    """Training loss (with dropout) and development loss (of the averaged weights), nats a token, by time."""
    train, dev = columns(run / "log.csv"), columns(run / "dev.csv")
    figure, axes = plt.subplots(figsize=(6.4, 3.6), dpi=100)
    if train:
        axes.plot([second / 60 for second in train["seconds"]], train["loss"], color="0.7", linewidth=1, label="training")
    for language, colour in (("fr", "tab:blue"), ("zh", "tab:orange")):
        if dev:
            axes.plot([second / 60 for second in dev["seconds"]], dev[language], ".-", color=colour, label=f"development, {language}")
    axes.set(xlabel="minutes", ylabel="cross-entropy, nats a token", ylim=(0, 5))
    axes.grid(alpha=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(out, metadata={"Software": None})
    plt.close(figure)


if __name__ == "__main__":
    losses(Path(sys.argv[1]), Path(sys.argv[2]))
