"""Measures what is found.

python -m eval.retrieval pages DIR    PDFs with questions and right pages (see `eval.pages`)
python -m eval.retrieval beir DIR     a collection in BEIR's layout (see `eval.beir`)
"""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.wiring import open_application
from eval import beir
from eval.home import evaluation_home, ingest
from eval.metrics import Estimate, estimate
from eval.pages import MOST_HITS, load_questions, look, measures, outcome_json
from eval.report import table, write_json
from eval.variants import add_settings_flags, overrides, settings_for, shown

RUNS: dict[str, dict[str, Any]] = {
    "lexical": {"fusion": "lexical", "rerank": False},
    "dense": {"fusion": "dense", "rerank": False},
    "rrf": {"fusion": "rrf", "rerank": False},
    "blend": {"fusion": "blend", "rerank": False},
    "default": {},
}
"""What each run overrides; `default` is the product as it is set up."""


def run_pages(arguments: argparse.Namespace) -> None:
    """Ingest the PDFs as a person would, ask all questions, and count right pages."""
    folder, given = arguments.folder, overrides(arguments)
    questions = load_questions(folder)
    files = sorted((folder / "pdfs").glob("*.pdf"))
    with _home(arguments, given) as home:
        settings = settings_for(home, given)
        with open_application(settings) as application:
            versions = ingest(application, files)
            outcomes = [look(asked, lambda question: application.search(question, k=MOST_HITS)) for asked in questions]
    first, covered = measures([one.rank for one in outcomes]), measures([one.rank_spanned for one in outcomes])
    found = f"{sum(one.pages for one in versions)} pages, {sum(one.chunks for one in versions)} chunks"
    print(f"{folder.resolve().name}: {len(files)} files, {found}, {len(questions)} questions\n{shown(settings)}")
    rows = [[name, str(value), str(covered[name])] for name, value in first.items()]
    print(table(["", "first page of the hit", "any page of the hit"], rows))
    result = {
        "settings": shown(settings),
        "first_page": _as_json(first),
        "any_page": _as_json(covered),
        "questions": [outcome_json(one) for one in outcomes],
    }
    write_json(arguments.out, result)


def run_beir(arguments: argparse.Namespace) -> None:
    """Store the collection, search for all queries in several ways, and score the rankings."""
    folder, given = arguments.folder, overrides(arguments)
    collection = beir.load_collection(folder)
    results = {}
    with _home(arguments, given) as home:
        cache = arguments.home / "vectors" if arguments.home else None
        stored = beir.store(collection, settings_for(home, given), cache)
        counts = f"{len(collection.documents)} documents, {len(collection.queries)} queries"
        print(f"{folder.resolve().name}: {counts}, {stored} chunks stored now", flush=True)
        for name in arguments.runs:
            settings = settings_for(home, {**given, **RUNS[name]})
            with open_application(settings) as application:
                found = beir.run(collection, lambda text: application.search(text, k=beir.DEPTH))
            values = {measure: estimate(one) for measure, one in beir.measured(collection, found).items()}
            results[name] = {"settings": shown(settings), "measures": _as_json(values), "rankings": found}
            print(table([name, *values], [["", *map(str, values.values())]]), flush=True)
    write_json(arguments.out, results)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(description="Measures what is found.")
    commands = top.add_subparsers(required=True)
    pages = commands.add_parser("pages", help="PDFs with questions and right pages")
    pages.set_defaults(run=run_pages)
    collection = commands.add_parser("beir", help="a collection in BEIR's layout")
    collection.add_argument("--runs", nargs="+", choices=list(RUNS), default=list(RUNS))
    collection.set_defaults(run=run_beir)
    for command in (pages, collection):
        command.add_argument("folder", type=Path, metavar="DIR")
        command.add_argument("--home", type=Path, help="keep what was ingested under this folder for the next run")
        command.add_argument("--out", type=Path, help="write the result as JSON")
        add_settings_flags(command)
    return top


def _home(arguments: argparse.Namespace, given: dict[str, Any]) -> Any:
    settings = settings_for(Path(), given)
    model = settings.embedding_model.replace("/", "_")
    return evaluation_home(arguments.home, arguments.folder.resolve().name, model, settings.chunk_tokens)


def _as_json(values: dict[str, Estimate]) -> dict[str, Any]:
    return {name: asdict(value) for name, value in values.items()}


def main() -> None:
    """Run the command."""
    arguments = parser().parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
