"""How vectors lie to one another: compares drawn vectors with real ones (`python -m eval.ann.likeness`)."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eval.ann.recipe import Halves, Recipe
from eval.report import table
from infra.models.loading import load_embedder
from ingest.context import contextual_text
from ingest.ports import Vectors

TEXTS = Path(__file__).parents[1] / "datasets" / "reading"
MODEL = "bge-small-en-v1.5"
QUESTIONS = 1_000
QUANTILES = (0.1, 0.5, 0.9)
RANKS = (1, 10, 100)


@dataclass(frozen=True, slots=True)
class Likeness:
    """Figures of some vectors.

    Attributes:
        pairs: Mean cosine similarity of two of them, and its standard deviation.
        neighbours: By rank, the 10th, 50th and 90th percentile of the similarity to the neighbour of that rank.
        dimensions: Local intrinsic dimension, from the nearest 20 and from the nearest 100.
        signs: By depth, the share of the ten nearest among so many nearest by the signs of the numbers alone.
    """

    pairs: tuple[float, float]
    neighbours: dict[int, tuple[float, ...]]
    dimensions: tuple[float, float]
    signs: dict[int, float]


def likeness(asked: Vectors | Halves, vectors: Vectors | Halves, same: bool) -> Likeness:
    """How `asked` lie to `vectors`.

    Args:
        asked: Unit vectors, shape (n, dimension).
        vectors: Unit vectors, shape (m, dimension), m over 400.
        same: They are the same ones; nothing is its own neighbour.
    """
    similar = asked.astype(np.float32) @ vectors.astype(np.float32).T
    signs = np.where(asked > 0, 1, -1).astype(np.float32) @ np.where(vectors > 0, 1, -1).astype(np.float32).T
    pairs = similar[~np.eye(len(asked), dtype=bool)] if same else similar
    spread = (float(pairs.mean()), float(pairs.std()))
    if same:
        np.fill_diagonal(similar, -2.0)
        np.fill_diagonal(signs, -np.inf)
    nearest = -np.sort(-similar, axis=1)[:, : max(RANKS)]
    return Likeness(
        spread,
        {rank: tuple(float(one) for one in np.quantile(nearest[:, rank - 1], QUANTILES)) for rank in RANKS},
        (local_dimension(nearest[:, :20]), local_dimension(nearest)),
        {depth: _found_by_signs(similar, signs, depth) for depth in (10, 40, 100, 400)},
    )


def local_dimension(similar: Vectors) -> float:
    """Local intrinsic dimension by maximum likelihood (Levina and Bickel, 2004).

    Inverse estimates are averaged over the points (MacKay and Ghahramani, 2005). Distances are Euclidean.

    Args:
        similar: Cosine similarities of each point to its nearest neighbours, nearest first, shape (points, neighbours).
    """
    distances = np.sqrt(np.maximum(2.0 - 2.0 * similar.astype(np.float64), 1e-9))
    inverse = np.log(distances[:, -1:] / distances[:, :-1]).mean(axis=1)
    return float(1.0 / inverse.mean())


def _found_by_signs(similar: Vectors, signs: Vectors, depth: int) -> float:
    """The share of the ten nearest by `similar` among the `depth` nearest by `signs`."""
    wanted = np.argpartition(-similar, 10, axis=1)[:, :10]
    found = np.argpartition(-signs, depth, axis=1)[:, :depth]
    return float(np.mean([np.isin(one, other).mean() for one, other in zip(wanted, found, strict=True)]))


def real() -> tuple[Vectors, Vectors]:
    """Embeddings of the units of the reading exercises, each with its title and headings, and of their questions."""
    texts, questions = [], []
    for file in sorted(TEXTS.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            one = json.loads(line)
            texts += [contextual_text(one["title"], one["path"], unit) for unit in one["units"]]
            questions += [asked for asked, *_ in one["qa"]]
    embedder = load_embedder(MODEL, None, 1)
    chosen = np.random.default_rng(0).permutation(len(questions))[:QUESTIONS]
    chunks = embedder.embed_documents(sorted(texts, key=len))
    return chunks, np.stack([embedder.embed_query(questions[place]) for place in chosen])


def drawn(count: int, questions: int, recipe: Recipe) -> tuple[Halves, Halves]:
    """As many vectors of a recipe."""
    whole = -(-count // recipe.document) * recipe.document
    blocks = list(recipe.blocks(whole, questions))
    return np.concatenate([one for one, _ in blocks])[:count], np.concatenate([one for _, one in blocks])


def compared(real: Sequence[Likeness], drawn: Sequence[Likeness]) -> str:
    """A table: chunks among themselves, then questions to chunks; real and drawn."""
    rows = []
    for who, truth, model in zip(("chunk", "question"), real, drawn, strict=True):
        both = (truth, model)
        if who == "chunk":
            rows.append(["two chunks, mean ± sd", *(f"{one.pairs[0]:.3f} ± {one.pairs[1]:.3f}" for one in both)])
        for rank in RANKS:
            cells = [" / ".join(f"{part:.3f}" for part in one.neighbours[rank]) for one in both]
            rows.append([f"{who} to chunk no. {rank}", *cells])
        rows += [
            [f"local dimension at a {who}, {count} nearest", *(f"{one.dimensions[place]:.1f}" for one in both)]
            for place, count in enumerate((20, 100))
        ]
        cells = [" / ".join(f"{part:.2f}" for part in one.signs.values()) for one in both]
        rows.append([f"ten nearest to a {who} among 10/40/100/400 by signs", *cells])
    return table(["", "real", "drawn"], rows)


def main() -> None:
    """Print the comparison."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    chunks, questions = real()
    recipe = Recipe(dimension=chunks.shape[1], document=7)
    made, asked = drawn(len(chunks), len(questions), recipe)
    print(f"{len(chunks)} chunks, {len(questions)} questions; similarities as 10th / 50th / 90th percentile")
    print(
        compared(
            [likeness(chunks, chunks, True), likeness(questions, chunks, False)],
            [likeness(made, made, True), likeness(asked, made, False)],
        )
    )


if __name__ == "__main__":
    main()
