"""Results as text for a person."""

import textwrap
from collections.abc import Iterable, Sequence

from app.cli.measured import measured_words, recall_words
from generation.model import Answer, AnswerSentence, Citation
from ingest.model import Region, Version, VersionStatus
from retrieval.library import StoreStatus
from retrieval.model import Hit
from retrieval.switch import SwitchReport

WIDTH = 96
NEAREST = 3
TAKEN_BACK = "(The language model broke off. What stands above does not hold; the answer begins anew.)"


def sentence_text(sentence: AnswerSentence, first_mark: int) -> str:
    """A sentence with its marks: `Twelve days. [1][2]`."""
    marks = "".join(f"[{first_mark + place}]" for place in range(len(sentence.citations)))
    return textwrap.fill(f"{sentence.text} {marks}", WIDTH)


def footnotes(sentences: Iterable[AnswerSentence]) -> str:
    """The numbered list of citations with document, page and quote."""
    citations = [citation for sentence in sentences for citation in sentence.citations]
    return "\n".join(_footnote(number, citation) for number, citation in enumerate(citations, 1))


def _footnote(number: int, citation: Citation) -> str:
    place = f"[{number}] {citation.document}, {_pages([region.page for region in citation.regions])}"
    return f"{place}\n{_indented(f'“{citation.quote}”')}"


def _pages(pages: Sequence[int]) -> str:
    numbers = sorted(set(pages))
    if len(numbers) < 2:
        return f"page {numbers[0]}" if numbers else "no page"
    return f"pages {numbers[0]}\N{EN DASH}{numbers[-1]}"


def regions_pages(regions: Iterable[Region]) -> list[int]:
    """The pages that regions lie on."""
    return [region.page for region in regions]


def nothing_said(answer: Answer) -> str:
    """What an abstention looks like: that, and the nearest passages."""
    nearest = "\n".join(hit_text(place, hit, 240) for place, hit in enumerate(answer.hits[:NEAREST], 1))
    words = "The documents don't say."
    return f"{words}\n\nNearest passages:\n{nearest}" if nearest else f"{words} There is nothing near to it in them."


def in_own_words(answer: Answer) -> str:
    """Why the documents' own words answer instead of the language model."""
    return textwrap.fill(f"In the documents' own words. {answer.notice}", WIDTH)


def hits_text(hits: Sequence[Hit]) -> str:
    """A numbered list of hits."""
    if not hits:
        return "Nothing found."
    return "\n\n".join(hit_text(place, hit, 400) for place, hit in enumerate(hits, 1))


def hit_text(place: int, hit: Hit, length: int) -> str:
    """One hit: where, how good, and how it begins."""
    passage = hit.passage
    where = f"{passage.document}, {_pages([passage.page, passage.page_end])}"
    heading = " › ".join(passage.heading_path)
    lines = [f"{place}. {where} (score {hit.score:.3f})", *([f"   {heading}"] if heading else [])]
    return "\n".join([*lines, _indented(textwrap.shorten(passage.text, length, placeholder=" …"))])


def _indented(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), WIDTH, initial_indent="    ", subsequent_indent="    ")


def versions_table(versions: Sequence[Version]) -> str:
    """Documents in columns."""
    if not versions:
        return "There are no documents yet. Add some: footnote ingest --wait PATH"
    rows = [("ID", "DOCUMENT", "VERSION", "PAGES", "STATUS", "UPLOADED")]
    rows += [_row(version) for version in versions]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _row(version: Version) -> tuple[str, str, str, str, str, str]:
    uploaded = version.uploaded_at.astimezone().strftime("%Y-%m-%d %H:%M")
    return (
        str(version.document_id),
        version.name,
        str(version.number),
        str(version.pages or "–"),
        status_words(version),
        uploaded,
    )


def status_words(version: Version) -> str:
    """Status with progress or the reason of a failure."""
    if version.status is VersionStatus.WORKING and version.pages:
        return f"working, {version.pages_done} of {version.pages} pages"
    if version.status is VersionStatus.FAILED:
        return f"failed: {version.error}"
    return version.status.value


def version_text(version: Version) -> str:
    """All that is known of one document."""
    facts = {
        "Document": f"{version.name} (id {version.document_id}, version {version.number})",
        "Title": version.title or "–",
        "Status": status_words(version),
        "Pages": f"{version.pages}",
        "Chunks": f"{version.chunks}",
        "Collection": version.collection,
        "Tags": ", ".join(version.tags) or "–",
        "Type": version.file_type,
        "Size": f"{version.blob.size:,} bytes",
        "SHA-256": version.blob.sha256,
        "Uploaded": version.uploaded_at.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z"),
        "Ingested in": f"{version.seconds:.1f} s",
    }
    return facts_text(facts)


def status_text(status: StoreStatus) -> str:
    """The state of the store."""
    facts = {
        "Schema version": str(status.migration),
        "Documents": f"{status.documents:,}",
        "Chunks": f"{status.chunks:,}",
        "Vectors": f"{status.vectors:,} of {status.dimension} numbers",
        "Vector index": _index_words(status),
        "Recall": recall_words(status.measurement),
        "Recall measured": measured_words(status.measurement),
        "Embedding model": status.embedding_model or "none yet",
        "Database": f"{status.database_bytes / 1e6:,.1f} MB",
        "Jobs waiting": f"{status.jobs_waiting:,}",
        "Workers alive": f"{status.workers_alive}",
    }
    return facts_text(facts)


def _index_words(status: StoreStatus) -> str:
    size = f", {status.bytes_a_vector:,} bytes a vector" if status.bytes_a_vector is not None else ""
    pending = f", {status.pending:,} chunks behind" if status.pending else ""
    return f"{status.index_kind}{size}{pending}"


def switch_text(report: SwitchReport) -> str:
    """What became of a switch of the vector index."""
    if not report.rebuilt:
        return f"{report.kind} searches {report.vectors:,} vectors with the new settings."
    found = f"; it finds {report.recall:.1%} of the nearest, tried on {report.sampled:,}" if report.sampled else ""
    return f"{report.kind} searches {report.vectors:,} vectors now{found}."


def facts_text(facts: dict[str, str]) -> str:
    """Names and values in two columns."""
    width = max(len(name) for name in facts)
    return "\n".join(f"{name.ljust(width)}  {value}" for name, value in facts.items())
