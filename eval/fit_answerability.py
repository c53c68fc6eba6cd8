"""Fits the coefficients of `generation.answerable.AnswerabilityModel` and prints them with figures on other sets.

It is fitted on 140 questions about real handbooks, half of which the handbook does not answer although it is near
(`eval/datasets/development_handbooks.jsonl`), asked through the product on the handbooks themselves. ClapNQ's quarter
that the reader was not trained on (a passage that answers, or one that was retrieved and is off the point) and
`generation_qa` are only looked at.

    python -m eval.fit_answerability ../shared/data
"""

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from app.application import Application
from app.settings import Settings
from app.wiring import open_application
from generation.answerable import AnswerabilityModel
from generation.evidence import EvidenceSettings, select_evidence
from generation.model import Evidence
from generation.ports import Reader
from infra.models.loading import load_embedder, load_reader
from ingest.chunk import chunk_document
from ingest.errors import Permanent
from ingest.model import Block, BlockKind, Line, ParsedDocument, Span
from ingest.ports import Tokenizer
from retrieval.model import Filters, Hit, Passage

CHUNK_TOKENS = 128
HELD_OUT = 4
NOTHING_FOUND = -10.0
DEVELOPMENT = Path(__file__).parent / "datasets" / "development_handbooks.jsonl"
THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7)


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


def measure(example: Example, tokenizer: Tokenizer, reader: Reader) -> float:
    """The best evidence's score for an example, as if all its passages had been retrieved alike."""
    hits = list(_hits(example, tokenizer))
    settings = EvidenceSettings(hits=len(hits))
    return _best(select_evidence(example.question, hits, reader, settings))


def _best(evidence: Sequence[Evidence]) -> float:
    return evidence[0].score if evidence else NOTHING_FOUND


def _hits(example: Example, tokenizer: Tokenizer) -> Iterator[Hit]:
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
            yield Hit(passage, 0.0, None, None, None)


def fitted(measured: Sequence[float], truth: Sequence[bool]) -> AnswerabilityModel:
    """Logistic regression without regularisation to speak of."""
    model = LogisticRegression(C=100.0, max_iter=1_000).fit([[score] for score in measured], truth)
    return AnswerabilityModel(intercept=float(model.intercept_[0]), slope=float(model.coef_[0][0]))


def report(name: str, model: AnswerabilityModel, measured: Sequence[float], truth: Sequence[bool]) -> None:
    """Print area under the curve and, at a threshold, coverage of the answerable and refusal of the others."""
    scores = np.array([model.probability(one) for one in measured])
    right = np.array(truth)
    print(f"{name}: n {len(right)}, AUC {roc_auc_score(right, scores):.3f}")
    for threshold in THRESHOLDS:
        refused = scores < threshold
        precision = float((~right[refused]).mean()) if refused.any() else 1.0
        print(
            f"  threshold {threshold}: answered {1 - refused[right].mean():.2f} of the answerable,"
            f" refused {refused[~right].mean():.2f} of the others (precision {precision:.2f})"
        )


def development(data: Path) -> tuple[list[float], list[bool]]:
    """The best evidence's scores and truth of the development questions, each asked within its own handbook."""
    questions = [json.loads(line) for line in DEVELOPMENT.read_text(encoding="utf-8").splitlines()]
    measured: list[float] = []
    with tempfile.TemporaryDirectory(prefix="footnote-eval-") as folder:
        settings = Settings(home=Path(folder) / "home", rerank_budget_ms=60_000)
        with open_application(settings) as application:
            _add_handbooks(application, data / "handbooks")
            for row in questions:
                filters = Filters(collections=(row["folder"],))
                measured.append(_best(application.evidence(row["question"], filters=filters)))
    return measured, [bool(row["answerable"]) for row in questions]


def _add_handbooks(application: Application, handbooks: Path) -> None:
    for folder in sorted((handbooks / "md").iterdir()):
        for file in sorted(folder.rglob("*.md")):
            with file.open("rb") as stream, suppress(Permanent):
                name = "__".join(file.relative_to(folder).parts)
                application.upload(stream, name, collection=folder.name)
    for file in sorted((handbooks / "docx").glob("*.docx")):
        application.upload_path(file, collection="docx")
    application.run_worker(until_idle=True)


def main() -> None:
    """Fit, print, and leave the decision to a person."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="the folder with handbooks, clapnq_dev and generation_qa")
    data = parser.parse_args().data
    measured, truth = development(data)
    model = fitted(measured, truth)
    print({name: round(value, 3) for name, value in asdict(model).items()})
    report("development handbooks, fitted on", model, measured, truth)
    tokenizer, reader = load_embedder("bge-small-en-v1.5", None, 0), load_reader("footnote-reader", 0)
    for name, examples in (
        ("generation_qa", list(handbook(data / "generation_qa"))),
        ("ClapNQ", list(clapnq(data / "clapnq_dev"))[::HELD_OUT]),
    ):
        looked_at = [measure(one, tokenizer, reader) for one in examples]
        report(name, model, looked_at, [one.answerable for one in examples])


if __name__ == "__main__":
    main()
