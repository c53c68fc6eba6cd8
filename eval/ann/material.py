"""Drawn vectors on disk, and for each question the exact neighbours, found once and kept."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.ann.recipe import Halves, Integers, Recipe
from ingest.ports import Vectors

ROWS = 20_000
DEPTH = 100
# One document in so many carries the tag.
TAGS: Mapping[str, int] = {"one in ten": 10, "one in a hundred": 100}
EVERYTHING = "all"
FILTERS = (EVERYTHING, *TAGS)

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Truth:
    """The exact neighbours of each question under a filter.

    Attributes:
        rows: Shape (questions, depth), nearest first; -1 where fewer pass the filter.
        similarities: Cosines, the same shape; -2 where there is no row.
    """

    rows: Integers
    similarities: Vectors


@dataclass(frozen=True, slots=True)
class Material:
    """Vectors to be indexed, questions, and right answers. Row `n` belongs to document `n // recipe.document`.

    Attributes:
        recipe: Where they come from.
        vectors: Float16 unit vectors, mapped from disk, shape (rows, dimension).
        questions: Float32 vectors, rounded to float16, shape (questions, dimension).
        truths: By filter.
        content: SHA-256 of vectors and questions.
    """

    recipe: Recipe
    vectors: Halves
    questions: Vectors
    truths: Mapping[str, Truth]
    content: str


def material(folder: Path, recipe: Recipe, rows: int, questions: int) -> Material:
    """Draw, or read what was drawn before.

    Args:
        folder: Where vectors and neighbours are kept.
        recipe: What to draw.
        rows: How many vectors.
        questions: How many questions.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256(repr((recipe, rows, questions)).encode()).hexdigest()[:16]
    paths = folder / f"{name}-vectors.npy", folder / f"{name}-questions.npy"
    if not all(path.exists() for path in paths):
        _draw(paths, recipe, rows, questions)
    vectors: Halves = np.load(paths[0], mmap_mode="r", allow_pickle=False)
    asked: Vectors = np.load(paths[1], allow_pickle=False).astype(np.float32)
    content = _digest(vectors, asked)
    truths = {name: _kept(folder, content, name, recipe, vectors, asked) for name in FILTERS}
    return Material(recipe, vectors, asked, truths, content)


def tags_of(document: int) -> tuple[str, ...]:
    """The tags of a document; every hundredth carries both."""
    return tuple(tag for tag, share in TAGS.items() if document % share == 0)


def passing(name: str, rows: int, document: int) -> Mask:
    """Which rows pass a filter, shape (rows,)."""
    mask: Mask = np.arange(rows) // document % TAGS.get(name, 1) == 0
    return mask


def neighbours(vectors: Halves, questions: Vectors, mask: Mask, depth: int = DEPTH) -> Truth:
    """The nearest rows by cosine similarity, by comparing all in blocks.

    Args:
        vectors: Shape (rows, dimension), not zero.
        questions: Shape (questions, dimension), not zero.
        mask: Rows that count, shape (rows,).
        depth: How many for each question.
    """
    asked = questions / np.linalg.norm(questions, axis=1, keepdims=True)
    best = np.full((len(asked), depth), -2.0, dtype=np.float32)
    rows = np.full((len(asked), depth), -1, dtype=np.int64)
    for start in range(0, len(vectors), ROWS):
        places = start + np.flatnonzero(mask[start : start + ROWS])
        block = vectors[places].astype(np.float32)
        block /= np.linalg.norm(block, axis=1, keepdims=True)
        joined = np.concatenate([best, asked @ block.T], axis=1)
        ids = np.concatenate([rows, np.broadcast_to(places, (len(asked), len(places)))], axis=1)
        order = np.argsort(-joined, axis=1, kind="stable")[:, :depth]
        best, rows = np.take_along_axis(joined, order, axis=1), np.take_along_axis(ids, order, axis=1)
    return Truth(rows, best)


def _draw(paths: tuple[Path, Path], recipe: Recipe, rows: int, questions: int) -> None:
    """Vectors block by block, never all in memory."""
    aside = [path.with_suffix(".new.npy") for path in paths]
    vectors = np.lib.format.open_memmap(aside[0], mode="w+", dtype=np.float16, shape=(rows, recipe.dimension))
    asked, done = [], 0
    for chunks, about in recipe.blocks(rows, questions):
        vectors[done : done + len(chunks)] = chunks
        asked.append(about)
        done += len(chunks)
    vectors.flush()
    np.save(aside[1], np.concatenate(asked), allow_pickle=False)
    for new, path in zip(aside, paths, strict=True):
        new.replace(path)


def _digest(vectors: Halves, questions: Vectors) -> str:
    digest = hashlib.sha256(repr(vectors.shape).encode())
    for start in range(0, len(vectors), ROWS):
        digest.update(np.ascontiguousarray(vectors[start : start + ROWS]).data)
    digest.update(np.ascontiguousarray(questions).data)
    return digest.hexdigest()


def _kept(folder: Path, content: str, name: str, recipe: Recipe, vectors: Halves, questions: Vectors) -> Truth:
    """The neighbours of these very vectors and questions."""
    stem = f"{content[:24]}-{name.replace(' ', '-')}-{recipe.document}-{DEPTH}"
    rows, similarities = folder / f"{stem}-rows.npy", folder / f"{stem}-cosines.npy"
    if not similarities.exists():
        found = neighbours(vectors, questions, passing(name, len(vectors), recipe.document))
        np.save(rows, found.rows, allow_pickle=False)
        np.save(similarities, found.similarities, allow_pickle=False)
    return Truth(np.load(rows, allow_pickle=False), np.load(similarities, allow_pickle=False))


def fewer(whole: Material, questions: int) -> Material:
    """The same with the first questions only."""
    truths = {name: Truth(one.rows[:questions], one.similarities[:questions]) for name, one in whole.truths.items()}
    return replace(whole, questions=whole.questions[:questions], truths=truths)
