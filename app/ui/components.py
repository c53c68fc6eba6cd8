"""Mounts the page's own elements: small scripts in `assets/` that build DOM nodes from data, never from HTML."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from app.ui.library_view import DocumentView
from app.ui.source_view import SourceView
from app.ui.turn_view import TurnView
from ingest.errors import FootnoteError

NoticeKind = Literal["error", "done", "info", "progress", "quiet"]
Handlers = Mapping[str, Callable[[object], None]]


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the status page."""

    label: str
    value: str


def asset(name: str) -> str:
    """The text of a file in `assets/`."""
    return files("app.ui").joinpath("assets", name).read_text(encoding="utf-8")


def show_turn(view: TurnView, handlers: Handlers) -> None:
    """A question with its answer; handlers `note` and `passage` get the number clicked."""
    _mount("turn", f"turn-{view.number}", asdict(view), handlers)


def show_source(view: SourceView, handlers: Handlers) -> None:
    """The pages of a source; handlers `page` (a number, 0 for the quote) and `close`."""
    _mount("source", "source-view", asdict(view), handlers)


def show_library(rows: tuple[DocumentView, ...], handlers: Handlers) -> None:
    """The list of documents; handler `remove` gets a document id."""
    _mount("library", "library-view", {"rows": [asdict(row) for row in rows]}, handlers)


def show_notice(kind: NoticeKind, *lines: str, key: str) -> None:
    """A message box of plain text."""
    _mount("notice", key, {"kind": kind, "lines": list(lines)}, {})


@contextmanager
def errors_in_words(key: str) -> Iterator[None]:
    """Show an error meant for the person in a plain box, in place of what could not be drawn."""
    try:
        yield
    except FootnoteError as error:
        show_notice("error", str(error), key=key)


def show_facts(facts: tuple[Fact, ...], *, key: str) -> None:
    """A list of labels and values."""
    _mount("facts", key, {"facts": [asdict(fact) for fact in facts]}, {})


def _mount(name: str, key: str, data: Mapping[str, object], handlers: Handlers) -> None:
    callbacks: dict[str, Any] = {
        f"on_{event}_change": _callback(key, event, handler) for event, handler in handlers.items()
    }
    _renderer(name)(key=key, data=dict(data), **callbacks)


def _callback(key: str, event: str, handler: Callable[[object], None]) -> Callable[[], None]:
    def react() -> None:
        value = st.session_state[key][event]
        if value is not None:
            handler(value)

    return react


@cache
def _renderer(name: str) -> ComponentRenderer:
    script = asset("dom.js") + asset(f"{name}.js")
    return st.components.v2.component(
        f"footnote_{name}", html='<div class="fn-root"></div>', js=script, isolate_styles=False
    )
