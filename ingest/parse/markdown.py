"""Reads Markdown (CommonMark with tables)."""

import re
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ingest.errors import Damaged
from ingest.model import CELL_SEPARATOR, BlockKind, ParsedDocument
from ingest.parse.encoding import decode_text
from ingest.parse.flow import Flow

_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.S | re.M)
_TITLE = re.compile(r"^title[ \t]*:[ \t]*(.+?)[ \t]*$", re.M | re.I)
_UNSEEN = frozenset({"script", "style", "template"})
_BREAKING = frozenset({"br", "p", "div", "li", "tr", "td", "th", "hr", "h1", "h2", "h3", "h4", "h5", "h6"})


class MarkdownParser:
    """Parses Markdown: link texts without addresses, images' descriptions, no HTML tags."""

    def parse(self, path: Path, name: str) -> ParsedDocument:
        """Read the Markdown file at `path`, uploaded under `name`.

        Raises:
            Damaged: It is not text. NoText: It holds none.
        """
        source = decode_text(path.read_bytes())
        if source is None:
            raise Damaged
        source, title = _split_front_matter(source)
        flow = Flow()
        _Walker(flow).walk(MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(source))
        return flow.document(title, name)


def _split_front_matter(source: str) -> tuple[str, str]:
    found = _FRONT_MATTER.match(source)
    if found is None:
        return source, ""
    title = _TITLE.search(found.group(1))
    return source[found.end() :], title.group(1).strip("\"'") if title else ""


class _Walker:
    """Follows the parser's flat tokens and adds a block for each that holds text."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._level = 0
        self._labels: list[str] = []
        self._item_is_open = False
        self._row: list[str] | None = None
        self._in_header = False
        self._header = ""

    def walk(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            if token.type == "inline":
                self._text(_inline(token.children or []))
            elif token.type in ("fence", "code_block"):
                self._text(token.content)
            elif token.type == "html_block":
                self._text(_without_tags(token.content))
            else:
                self._structure(token)

    def _structure(self, token: Token) -> None:
        match token.type:
            case "heading_open":
                self._level = int(token.tag[1:])
            case "heading_close":
                self._level = 0
            case "list_item_open":
                self._labels.append(f"{token.info}{token.markup} " if token.info else "")
                self._item_is_open = True
            case "list_item_close":
                self._labels.pop()
                self._item_is_open = False
            case _:
                self._table(token)

    def _table(self, token: Token) -> None:
        match token.type:
            case "table_open":
                self._header = ""
            case "thead_open" | "thead_close":
                self._in_header = token.type == "thead_open"
            case "tr_open":
                self._row = []
            case "tr_close":
                text = self._flow.add_row(self._row or [], "" if self._in_header else self._header)
                if self._in_header and text.replace(CELL_SEPARATOR.strip(), "").strip():
                    self._header = text
                self._row = None

    def _text(self, text: str) -> None:
        text = text.replace("\f", " ")
        if self._row is not None:
            self._row.append(text)
        elif self._level:
            self._flow.add(BlockKind.HEADING, text, self._level)
        elif self._item_is_open:
            self._flow.add(BlockKind.LIST_ITEM, f"{self._labels[-1]}{text}" if text.strip() else "")
            self._item_is_open = False
        else:
            self._flow.add(BlockKind.PARAGRAPH, text)


def _inline(children: Sequence[Token]) -> str:
    """The readable text of inline tokens."""
    parts = []
    for token in children:
        if token.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif token.type == "html_inline":
            parts.append(" " if token.content.lower().startswith(("<br", "</p", "</li", "</div")) else "")
        elif token.type == "image":
            parts.append(_inline(token.children or []))
        else:
            parts.append(token.content)
    return "".join(parts)


class _TagRemover(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag == "img":
            self.parts.append(dict(attrs).get("alt") or "")
        elif tag in _BREAKING:
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag in _BREAKING:
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(data)


def _without_tags(html: str) -> str:
    remover = _TagRemover()
    remover.feed(html)
    remover.close()
    return "".join(remover.parts)
