"""What `footnote eval corpus` says: on the screen, for programs, and as a report."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eval.corpus.exact import recall_at
from eval.corpus.measure import DEPTH, Asked, Found
from eval.document import Heading, Paragraph, Part, Picture, Table, write_report
from eval.figures import counts, metric_bars
from eval.files import write_json, write_text
from eval.metrics import Estimate, estimate, hit_at, reciprocal_rank
from eval.report import table
from retrieval.model import Passage

DEPTHS = (1, 3, 5, 10, 100)
NEIGHBOURS = (10, 100)
SHOWN = 50
EXCERPT = 160
BIAS = (
    "Read these figures with care. Each question was made from a chunk and shares words with it, so the chunk is easier"
    " to find than the answer to a question that a person asks: the figures flatter. Use them to compare settings, or"
    " the same documents before and after a change; they promise nothing about people's questions. A question may also"
    " have good answers elsewhere; those count as misses."
)
MADE = {
    "words": "made of the chunk's heading and the rarest words of its most telling sentence, without any paraphrase",
    "model": "written by the language model",
}
INDEX = (
    "The vector index against comparing every vector: the share of a question's nearest chunks that the index finds."
    " This says how good the index is, not how good the embedding is. Where it is low: footnote tune."
)
LOST = (
    "Chunks that were among the candidates ({depth} by vectors, {depth} by words) of none of the questions, nor of one"
    " made of their own heading and words. Look at them: they are often tables of contents, fragments, or many copies"
    " of one text."
)
UNEVEN = (
    "Skewness of how often a chunk is among the ten nearest of a question: {skewness:.1f}. Large values mean that a few"
    " chunks are near to everything. It falls as more questions are asked, so compare equal numbers of them."
)
OFTEN = "Chunks by how often they were a candidate"


@dataclass(frozen=True, slots=True)
class Context:
    """Under what the figures hold."""

    setting: str
    seed: int
    index_kind: str
    settings: Mapping[str, Any]


def estimates(asked: Sequence[Asked]) -> dict[str, Estimate]:
    """Recall@k (the chunk's page is among the k first hits) and MRR@10."""
    ranks = [one.rank for one in asked]
    found = {f"recall@{k}": estimate([hit_at(rank, k) for rank in ranks]) for k in DEPTHS}
    return {**found, "MRR@10": estimate([reciprocal_rank(rank, 10) for rank in ranks])}


def index_estimates(found: Found) -> dict[str, Estimate]:
    """Recall of the active index against exact search."""
    return {f"index recall@{k}": estimate(recall_at(k, found.dense, found.exact)) for k in NEIGHBOURS}


def skewness(found: Found, k: int = 10) -> float:
    """How unevenly chunks occur among the `k` nearest of the questions (Radovanović et al., 2010).

    The standardised third moment of the number of occurrences; a few chunks that are near to everything make it large.
    """
    near = Counter(one for row in found.exact.ids[:, :k].tolist() for one in row if one >= 0)
    occurrences = np.zeros(found.chunks)
    occurrences[: len(near)] = list(near.values())
    spread = occurrences.std()
    return float((((occurrences - occurrences.mean()) / spread) ** 3).mean()) if spread else 0.0


def screen(found: Found, context: Context) -> str:
    """The figures for a person at a terminal."""
    rows = [[name, str(one)] for name, one in {**estimates(found.asked), **index_estimates(found)}.items()]
    return "\n\n".join(
        [_summary(found, context), BIAS, table(["", "mean and 95 % interval"], rows), _lost_summary(found)]
    )


def result_json(found: Found, context: Context, page: Path) -> dict[str, Any]:
    """The same for programs (docs/cli.md)."""
    return {
        "chunks": found.chunks,
        "questions": len(found.asked),
        "made_by": dict(Counter(one.maker for one in found.asked)),
        "seed": context.seed,
        "setting": context.setting,
        "index_kind": context.index_kind,
        "measures": {name: asdict(one) for name, one in estimates(found.asked).items()},
        "index": {name: asdict(one) for name, one in index_estimates(found).items()},
        "hubness": skewness(found),
        "unseen": found.unseen,
        "looked_into": found.tried,
        "never_found": len(found.lost),
        "bias": BIAS,
        "report": str(page),
    }


def write(folder: Path, found: Found, context: Context) -> Path:
    """Write the report, the questions, and what is never found; returns the page."""
    page = folder / "report.html"
    write_text(folder / "questions.jsonl", _lines([_question(one) for one in found.asked]))
    write_text(folder / "never_found.jsonl", _lines([{**_place(one), "question": said} for one, said in found.lost]))
    write_json(folder / "result.json", {**result_json(found, context, page), "settings": dict(context.settings)})
    return write_report(folder, "Retrieval on your own documents", _parts(found, context))


def _parts(found: Found, context: Context) -> list[Part]:
    measured, index = estimates(found.asked), index_estimates(found)
    often = [*found.seen.values(), *[0] * (found.chunks - len(found.seen))]
    return [
        Paragraph(_summary(found, context)),
        Paragraph(BIAS),
        Picture("measures", "Means with 95 % intervals", metric_bars({context.setting: {**measured, **index}})),
        Table(["", "mean and 95 % interval"], [[name, str(one)] for name, one in measured.items()]),
        Heading("The vector index"),
        Paragraph(INDEX),
        Table(["", "mean and 95 % interval"], [[name, str(one)] for name, one in index.items()]),
        Heading("How evenly chunks are found"),
        Paragraph(UNEVEN.format(skewness=skewness(found))),
        Picture("occurrences", OFTEN, counts(often, "times a candidate", "chunks")),
        Heading("Never found"),
        Paragraph(f"{LOST.format(depth=DEPTH)} {_lost_summary(found)}"),
        *_lost_table(found),
        Heading("Questions whose chunk was not found"),
        *_missed_table(found),
    ]


def _lost_table(found: Found) -> list[Part]:
    rows = [[_where(one), one.text[:EXCERPT], said] for one, said in found.lost[:SHOWN]]
    return [Table(["where", "text", "its question"], rows)] if rows else []


def _missed_table(found: Found) -> list[Part]:
    missed = [one for one in found.asked if one.rank is None]
    if not missed:
        return [Paragraph("None.")]
    return [Table(["where", "question"], [[_where(one.source), one.question] for one in missed[:SHOWN]])]


def _summary(found: Found, context: Context) -> str:
    made = Counter(one.maker for one in found.asked)
    how = "; ".join(f"{number:,} {MADE[maker]}" for maker, number in sorted(made.items()))
    return (
        f"{found.chunks:,} chunks, {len(found.asked):,} questions ({how}). Setting: {context.setting}."
        f" Index: {context.index_kind}. Seed: {context.seed}."
    )


def _lost_summary(found: Found) -> str:
    if not found.unseen:
        return "Every chunk was a candidate of some question."
    looked = "" if found.tried == found.unseen else f" (a random {found.tried:,} of them were looked into)"
    return (
        f"{found.unseen:,} chunks were a candidate of none of the {len(found.asked):,} questions{looked};"
        f" {len(found.lost):,} were not found by a question of their own either."
    )


def _question(one: Asked) -> dict[str, Any]:
    return {"question": one.question, "made_by": one.maker, "rank": one.rank, "hits": one.hits, **_place(one.source)}


def _place(one: Passage) -> dict[str, Any]:
    return {"chunk": one.chunk_id, "document": one.document, "version": one.version, "page": one.page, "text": one.text}


def _where(one: Passage) -> str:
    return f"{one.document}, page {one.page}"


def _lines(rows: Sequence[Mapping[str, Any]]) -> str:
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
