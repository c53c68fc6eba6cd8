"""The parser of each file type."""

from collections.abc import Mapping

from ingest.parse.docx import DocxParser
from ingest.parse.markdown import MarkdownParser
from ingest.parse.pdf import PdfParser
from ingest.parse.text import TextParser
from ingest.ports import Parser


def parsers() -> Mapping[str, Parser]:
    """A parser for each type that `detect_type` names."""
    return {"pdf": PdfParser(), "docx": DocxParser(), "md": MarkdownParser(), "txt": TextParser()}
