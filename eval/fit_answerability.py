"""Fits the coefficients of `generation.answerable.AnswerabilityModel` on ClapNQ and prints them with held-out figures.

Each question comes with one passage that answers it or (retrieved for it, yet off the point) does not. The passage goes
through the product's own chunking, evidence selection and signals. Questions are split in half by a hash of their id;
one half fits, the other is only looked at. `generation_qa` is a second set of another kind, only looked at as well.

    python -m eval.fit_answerability ../shared/data
"""

import argparse
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from generation.answerable import AnswerabilityModel, Signals, signals
from generation.evidence import EvidenceSettings, select_evidence
from infra.models.loading import load_embedder, load_reranker
from ingest.chunk import chunk_document
from ingest.context import contextual_text
from ingest.model import Block, BlockKind, Line, ParsedDocument, Span
from ingest.ports import Tokenizer
from retrieval.model import Hit, Passage
from retrieval.ports import Reranker

CHUNK_TOKENS = 128
NAMES = ("passage", "sentence")


@dataclass(frozen=True, slots=True)
class Example:
    """A question, passages as (title, text), and whether they answer it."""

    id: str
    question: str
    passages: tuple[tuple[str, str], ...]
    answerable: bool


def clapnq(folder: Path) -> Iterator[Example]:
    """The answerable and the unanswerable questions of ClapNQ's development set."""
    for name, answerable in (("answerable", True), ("unanswerable", False)):
        for line in (folder / f"clapnq_dev_{name}.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            passages = tuple((one["title"], " ".join(one["sentences"])) for one in row["passages"])
            yield Example(row["id"], row["input"], passages, answerable)


def handbook(folder: Path) -> Iterator[Example]:
    """Twenty handbook questions with four passages each."""
    for row in json.loads((folder / "handbook_qa.json").read_text(encoding="utf-8")):
        passages = tuple((one["title"], one["text"]) for one in row["passages"])
        yield Example(row["id"], row["question"], passages, row["type"] != "none")


def measure(example: Example, tokenizer: Tokenizer, reranker: Reranker) -> Signals:
    """The product's signals for an example, as if its passages had been retrieved."""
    hits = sorted(_hits(example, tokenizer, reranker), key=lambda hit: -(hit.rerank_score or 0.0))
    evidence = select_evidence(example.question, hits, reranker, EvidenceSettings())
    return signals(example.question, hits, evidence, reranker)


def _hits(example: Example, tokenizer: Tokenizer, reranker: Reranker) -> Iterator[Hit]:
    for number, (title, text) in enumerate(example.passages):
        block = Block(BlockKind.PARAGRAPH, text, (Line(Span(0, len(text)), 1),))
        for chunk in chunk_document(ParsedDocument(title, (), (block,)), tokenizer, CHUNK_TOKENS):
            passage = Passage(
                chunk_id=100 * number + chunk.ordinal,
                document_id=number,
                version_id=number,
                document=title,
                version=1,
                title=title,
                ordinal=chunk.ordinal,
                page=1,
                page_end=1,
                heading_path=(title,),
                text=chunk.text,
                sentences=chunk.sentences,
            )
            logit = reranker.score(example.question, [contextual_text(title, (), chunk.text)])[0]
            yield Hit(passage, 0.0, None, None, logit)


def fitted(measured: Sequence[Signals], truth: Sequence[bool]) -> AnswerabilityModel:
    """Logistic regression without regularisation to speak of."""
    model = LogisticRegression(C=100.0, max_iter=1_000).fit(_matrix(measured), truth)
    weights = dict(zip(NAMES, map(float, model.coef_[0]), strict=True))
    return AnswerabilityModel(intercept=float(model.intercept_[0]), **weights)


def report(name: str, model: AnswerabilityModel, measured: Sequence[Signals], truth: Sequence[bool]) -> None:
    """Print area under the curve and, at a threshold, coverage of the answerable and refusal of the others."""
    scores = np.array([model.probability(one) for one in measured])
    right = np.array(truth)
    print(f"{name}: n {len(right)}, AUC {roc_auc_score(right, scores):.3f}")
    for threshold in (0.3, 0.4, 0.5, 0.6, 0.7):
        refused = scores < threshold
        precision = float((~right[refused]).mean()) if refused.any() else 1.0
        print(
            f"  threshold {threshold}: answered {1 - refused[right].mean():.2f} of the answerable,"
            f" refused {refused[~right].mean():.2f} of the others (precision {precision:.2f})"
        )


def _matrix(measured: Sequence[Signals]) -> list[list[float]]:
    return [[getattr(one, name) for name in NAMES] for one in measured]


def main() -> None:
    """Fit, print, and leave the decision to a person."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="the folder with clapnq_dev and generation_qa")
    data = parser.parse_args().data
    tokenizer, reranker = load_embedder("bge-small-en-v1.5", None, 0), load_reranker("ms-marco-MiniLM-L-12-v2", 0)
    examples = list(clapnq(data / "clapnq_dev"))
    measured = [measure(one, tokenizer, reranker) for one in examples]
    for_fit = [zlib.crc32(one.id.encode()) % 2 == 0 for one in examples]
    halves = {
        part: (
            [signal for signal, mine in zip(measured, for_fit, strict=True) if mine is part],
            [one.answerable for one, mine in zip(examples, for_fit, strict=True) if mine is part],
        )
        for part in (True, False)
    }
    model = fitted(*halves[True])
    print({name: round(value, 3) for name, value in asdict(model).items()})
    report("ClapNQ, fitted half", model, *halves[True])
    report("ClapNQ, held out", model, *halves[False])
    others = list(handbook(data / "generation_qa"))
    looked_at = [measure(one, tokenizer, reranker) for one in others]
    report("generation_qa", model, looked_at, [one.answerable for one in others])
    for one, signal in zip(others, looked_at, strict=True):
        print(
            f"  {one.id} {'yes' if one.answerable else 'no '} {model.probability(signal):.2f} {signal} {one.question}"
        )


if __name__ == "__main__":
    main()
