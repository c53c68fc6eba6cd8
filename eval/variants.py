"""Settings under evaluation: the product's, with what the command line overrides."""

import argparse
from pathlib import Path
from typing import Any

from app.settings import Settings

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


def settings_for(home: Path, given: dict[str, Any]) -> Settings:
    """The settings of an evaluation: an embedded database in `home`, and reranking without a time limit to speak of.

    Everything else comes from the environment as always, so that an installation can be measured as it is set up.
    """
    return Settings(**{"rerank_budget_ms": LONGEST_BUDGET_MS, **given, "home": home, "database_url": None})


def shown(settings: Settings) -> dict[str, Any]:
    """The settings that matter for what is found, for the record."""
    values = settings.model_dump(mode="json")
    return {name: values[name] for name in (*NAMES, "embedding_model", "reranker_model", "llm_url")}
