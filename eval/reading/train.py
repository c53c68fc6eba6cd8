"""Trains the reader that ships with Footnote, and writes its weights.

It starts from the packaged cross-encoder, which was trained to rank web pages, and learns from reading exercises
whether a text holds the answer rather than whether it is on the topic: binary cross-entropy over the pairs of a
question with the texts that answer it and with some that do not. Of those, the ones that the packaged model likes are
the likeliest to be drawn (hard negatives). Three quarters of ClapNQ's development set are learned too. A tenth of the
sections and the last quarter of ClapNQ are held out; their figures are printed after each epoch. Needs `make hub`;
about an hour on two cores.

    python -m eval.reading.train ../shared/data/clapnq_dev --out infra/models/footnote-reader.npz
"""

import argparse
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from eval.reading.exercises import EXERCISES, Exercise, clapnq, exercises
from eval.reading.network import module, read_packaged, replacements, with_weights
from eval.reading.ranges import ranges
from eval.reading.trainer import Schedule, Trainer
from infra.models.packaged import RERANKERS

MAX_TOKENS = 256
HELD_SECTIONS = 10
HELD_CLAPNQ = 4
# Every file is seen once an epoch, these more often: rows, and texts that other sections resemble, are learned slowest.
TIMES = {"tables.jsonl": 2, "handbook_documents.jsonl": 2}
RANGES, HELD_RANGES, HELD_SEED = 800, 200, 1_001


def by_section(every: Sequence[Exercise], seed: int) -> tuple[list[Exercise], list[Exercise]]:
    """Exercises to learn from, and those of one section in `HELD_SECTIONS` to be held out."""
    sections = sorted({one.section for one in every})
    random.Random(seed).shuffle(sections)
    held = set(sections[::HELD_SECTIONS])
    return [one for one in every if one.section not in held], [one for one in every if one.section in held]


def main() -> None:
    """Train and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clapnq", type=Path, help="the folder with ClapNQ's development set")
    parser.add_argument("--exercises", type=Path, default=EXERCISES)
    parser.add_argument("--out", type=Path, required=True, help="the weights, an .npz file")
    parser.add_argument("--start", type=Path, help="weights of an earlier run to go on from")
    for name, default in (("epochs", 3), ("negatives", 5), ("frozen", 0), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--rate", type=float, default=4e-5)
    parser.add_argument("--threads", type=int, help="as many as there are cores without it")
    given = parser.parse_args()
    schedule = Schedule(
        epochs=given.epochs, rate=given.rate, negatives=given.negatives, frozen=given.frozen, seed=given.seed
    )
    torch.manual_seed(schedule.seed)
    if given.threads:
        torch.set_num_threads(given.threads)
    directory = RERANKERS["ms-marco-MiniLM-L-12-v2"].directory()
    packaged = read_packaged(directory / "model.onnx")
    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS, strategy="longest_first")
    learned, held = by_section(list(exercises(given.exercises)), schedule.seed)
    learned = [one for one in learned for _ in range(TIMES.get(one.section.partition(":")[0], 1))]
    questions = clapnq(given.clapnq)
    learned += [one for place, one in enumerate(questions) if place % HELD_CLAPNQ]
    learned += ranges(RANGES, schedule.seed)
    start = with_weights(packaged, given.start) if given.start else packaged
    trainer = Trainer(module(start), tokenizer, schedule)
    tables = [one for one in held if one.section.startswith("tables")]
    trainer.train(
        learned,
        {
            "sections": held,
            "of these, tables": tables,
            "ranges": list(ranges(HELD_RANGES, HELD_SEED)),
            "ClapNQ": questions[::HELD_CLAPNQ],
        },
    )
    np.savez(given.out, **replacements(packaged, trainer.network))  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
