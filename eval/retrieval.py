"""What is found on a test set, with intervals, and against an earlier run where one is given.

`python -m eval.retrieval` is `footnote eval retrieval`.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from app.cli.main import execute
from app.cli.output import Output
from app.home import prepare
from app.settings import Settings
from app.wiring import open_application
from eval import beir, pages
from eval.extras import check_extra
from eval.files import write_json, write_text
from eval.home import evaluation_home
from eval.retrieval_report import Result, result_json, screen, write
from eval.runs import Run, ask, measure, pins, question_lines, read_run, run_json
from eval.significance import compare
from eval.testset import Question, QuestionSet, fingerprint
from eval.variants import RUNS, named_settings, settings_for, shown
from ingest.errors import Permanent


@dataclass(frozen=True, slots=True)
class Request:
    """What a person asked for; see `eval.retrieval_command`."""

    dataset: Path
    settings: tuple[str, ...] = ("default",)
    k: int = 100
    limit: int | None = None
    out: Path | None = None
    against: Path | None = None
    changes: tuple[str, ...] = ()
    home: Path | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What is the same for all settings of a request.

    Attributes:
        tests: The test set.
        questions: Those of its questions that are asked.
        data: SHA-256 by file.
        k: How many hits are asked for.
        limit: So many questions only; `None` for all.
        out: Where results go.
    """

    tests: QuestionSet
    questions: Sequence[Question]
    data: Mapping[str, str]
    k: int
    limit: int | None
    out: Path


def open_set(folder: Path) -> QuestionSet:
    """A test set in BEIR's layout, or of PDFs with their right pages. Raises: Permanent."""
    if not folder.is_dir():
        raise Permanent(f"There is no folder {folder}.")
    if (folder / "corpus.jsonl").exists():
        return beir.load(folder)
    if (folder / "pdfs").is_dir():
        return pages.load(folder)
    raise Permanent(f"{folder} has neither corpus.jsonl nor pdfs/, so it is no test set (docs/evaluation.md).")


def measure_retrieval(request: Request, output: Output) -> None:
    """Ingest, ask, measure, write and print.

    Raises:
        Permanent: The test set, the earlier run or the installation of packages is not right.
    """
    check_extra()
    given, installed = named_settings(request.changes), Settings()
    prepare(installed.home)
    earlier = read_run(request.against) if request.against else None
    checked = settings_for(Path(), given)
    plan = _plan(request, installed.home / "eval" / "runs")
    kept = (plan.tests.name, checked.embedding_model.replace("/", "_"), checked.chunk_tokens)
    with evaluation_home(request.home, *kept) as home:
        output.progress(f"Ingesting {plan.tests.name}")
        stored = plan.tests.store(settings_for(home, given), installed.home / "eval" / "embeddings")
        runs = [run(plan, name, settings_for(home, {**given, **RUNS[name]}), output) for name in request.settings]
    compared = {one.name: compare(earlier, one) for one in runs} if earlier else {}
    result = Result(plan.tests.name, str(stored), tuple(runs), earlier, compared)
    page = write(plan.out, result)
    output.result(result_json(result, page), f"{screen(result)}\n\nWritten to {page}")


def run(plan: Plan, name: str, settings: Settings, output: Output) -> Run:
    """Ask all questions under one setting, and write what came of it."""
    count = len(plan.questions)
    with open_application(settings) as application:
        outcomes = ask(
            plan.questions,
            lambda text: application.search(text, k=plan.k),
            plan.tests.results,
            lambda done: output.progress(f"{name}: {done} of {count} questions"),
        )
    output.progress("")
    values = measure(plan.tests, outcomes, plan.k)
    found = Run(name, _pins(plan, settings), tuple(one.id for one in plan.questions), values)
    write_text(plan.out / name / "questions.jsonl", "\n".join(question_lines(outcomes, values)) + "\n")
    write_json(plan.out / name / "run.json", {"dataset": plan.tests.name, **run_json(found)})
    return found


def _plan(request: Request, runs: Path) -> Plan:
    tests = open_set(request.dataset)
    questions = tests.questions[: request.limit]
    if not questions:
        raise Permanent(f"{request.dataset} has no question with a right result.")
    stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    out = request.out or runs / f"{tests.name}-{stamp}"
    return Plan(tests, questions, fingerprint(tests.files(), request.dataset), request.k, request.limit, out)


def _pins(plan: Plan, settings: Settings) -> dict[str, Any]:
    return pins(plan.data, shown(settings), plan.k, plan.limit)


if __name__ == "__main__":
    sys.exit(execute(["eval", "retrieval", *sys.argv[1:]]))
