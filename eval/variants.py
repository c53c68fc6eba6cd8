"""Settings under evaluation: the product's, with what the command line overrides."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from app.settings import Settings

RUNS: dict[str, dict[str, Any]] = {
    "lexical": {"fusion": "lexical", "rerank": False},
    "dense": {"fusion": "dense", "rerank": False},
    "rrf": {"fusion": "rrf", "rerank": False},
    "blend": {"fusion": "blend", "rerank": False},
    "rerank": {"fusion": "blend", "rerank": True},
    "default": {},
}
"""What each retrieval setting overrides; `default` is the product as it is set up."""

LONGEST_BUDGET_MS = 60_000
NAMES = (
    "chunk_tokens",
    "fusion",
    "dense_weight",
    "candidates",
    "rerank",
    "rerank_candidates",
    "rerank_weight",
    "evidence_hits",
    "answer_threshold",
)


def add_settings_flags(parser: argparse.ArgumentParser) -> None:
    """Add one flag for each setting that changes what is found."""
    group = parser.add_argument_group("settings", "Override the product's settings (see docs/settings.md).")
    group.add_argument("--chunk-tokens", type=int)
    group.add_argument("--fusion", choices=["blend", "rrf", "dense", "lexical"])
    group.add_argument("--dense-weight", type=float)
    group.add_argument("--candidates", type=int)
    group.add_argument("--rerank", action=argparse.BooleanOptionalAction)
    group.add_argument("--rerank-candidates", type=int)
    group.add_argument("--rerank-weight", type=float)


def overrides(arguments: argparse.Namespace) -> dict[str, Any]:
    """What the command line says of settings."""
    given = {name: getattr(arguments, name, None) for name in NAMES}
    return {name: value for name, value in given.items() if value is not None}


def named_settings(said: Sequence[str]) -> dict[str, str]:
    """Settings given as `NAME=VALUE`; their values are checked where the settings are made.

    Raises:
        typer.BadParameter: Not in that form, or not a setting that changes what is found.
    """
    found = {}
    for one in said:
        name, equals, value = one.partition("=")
        if not equals or name not in NAMES:
            raise typer.BadParameter(f"{one!r} is not NAME=VALUE with one of: {', '.join(NAMES)}.", param_hint="--set")
        found[name] = value
    return found


def settings_for(home: Path, given: dict[str, Any]) -> Settings:
    """The settings of an evaluation: an embedded database in `home`, and reranking without a time limit to speak of.

    Everything else comes from the environment as always, so that an installation can be measured as it is set up.
    """
    return Settings(**{"rerank_budget_ms": LONGEST_BUDGET_MS, **given, "home": home, "database_url": None})


def shown(settings: Settings) -> dict[str, Any]:
    """The settings that matter for what is found, for the record."""
    values = settings.model_dump(mode="json")
    return {name: values[name] for name in (*NAMES, "embedding_model", "reranker_model", "llm_url")}
