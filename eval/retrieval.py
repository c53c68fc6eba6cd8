"""Measures what is found.

python -m eval.retrieval pages DIR    PDFs with questions and right pages (see `eval.pages`)
python -m eval.retrieval beir DIR     a collection in BEIR's layout (see `eval.beir`)
"""

import argparse
from dataclasses import asdict
from pathlib import Path

from app.wiring import open_application
from eval.home import evaluation_home, ingest
from eval.pages import MOST_HITS, load_questions, look, measures, outcome_json
from eval.report import table, write_json
from eval.variants import add_settings_flags, overrides, settings_for, shown


def pages(arguments: argparse.Namespace) -> None:
    """Ingest the PDFs as a person would, ask all questions, and count right pages."""
    folder: Path = arguments.folder
    questions = load_questions(folder)
    files = sorted((folder / "pdfs").glob("*.pdf"))
    given = overrides(arguments)
    tokens = settings_for(Path(), given).chunk_tokens
    with evaluation_home(arguments.home, folder.resolve().name, tokens) as home:
        settings = settings_for(home, given)
        with open_application(settings) as application:
            versions = ingest(application, files)
            outcomes = [
                look(asked, lambda question: application.search(question, k=MOST_HITS)) for asked in questions
            ]
    strict, spanned = measures([one.rank for one in outcomes]), measures([one.rank_spanned for one in outcomes])
    found = f"{sum(one.pages for one in versions)} pages, {sum(one.chunks for one in versions)} chunks"
    print(f"{folder.name}: {len(files)} files, {found}, {len(questions)} questions\n{shown(settings)}")
    print(table(["", "first page of the hit", "any page of the hit"], [
        [name, str(value), str(spanned[name])] for name, value in strict.items()
    ]))
    result = {
        "settings": shown(settings),
        "first_page": {name: asdict(value) for name, value in strict.items()},
        "any_page": {name: asdict(value) for name, value in spanned.items()},
        "questions": [outcome_json(one) for one in outcomes],
    }
    write_json(arguments.out, result)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(description="Measures what is found.")
    commands = top.add_subparsers(required=True)
    for name, run, words in (("pages", pages, "page-level truth over PDFs"),):
        command = commands.add_parser(name, help=words)
        command.add_argument("folder", type=Path, metavar="DIR")
        command.add_argument("--home", type=Path, help="keep what was ingested under this folder for the next run")
        command.add_argument("--out", type=Path, help="write the result as JSON")
        add_settings_flags(command)
        command.set_defaults(run=run)
    return top


def main() -> None:
    """Run the command."""
    arguments = parser().parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
