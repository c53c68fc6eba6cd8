"""The control to choose where to look."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

import streamlit as st

from app.ui.filters import Choice, Options, count_active, options_of
from app.ui.session import Session
from ingest.model import Version


def show_filters(state: Session, versions: Sequence[Version]) -> None:
    """Draw the button, and behind it one control for each limit; changes take effect at once."""
    active = count_active(state.choice)
    label = f"Filters ({active})" if active else "Filters"
    kind: Literal["primary", "secondary"] = "primary" if active else "secondary"
    with st.popover(label, icon=":material/filter_list:", type=kind, disabled=not versions, key="filters"):
        choice = _controls(state.choice, options_of(versions), state.filter_form)
        cleared = bool(active) and st.button("Clear all filters", width="stretch")
    if cleared:
        choice = Choice()
        state.filter_form += 1
    if choice != state.choice:
        state.choice = choice
        st.rerun()


def _controls(choice: Choice, options: Options, form: int) -> Choice:
    return Choice(
        documents=_several("Documents", options.documents, choice.documents, form),
        collections=_several("Collections", options.collections, choice.collections, form),
        file_types=_several("File types", options.file_types, choice.file_types, form),
        tags=_several("Tags (all of them)", options.tags, choice.tags, form),
        first_day=_day("Uploaded from", choice.first_day, form),
        last_day=_day("Uploaded until", choice.last_day, form),
    )


def _several(label: str, options: tuple[str, ...], chosen: tuple[str, ...], form: int) -> tuple[str, ...]:
    known = [value for value in chosen if value in options]
    return tuple(st.multiselect(label, options, default=known, placeholder="Any", key=f"filter-{form}-{label}"))


def _day(label: str, chosen: date | None, form: int) -> date | None:
    return st.date_input(label, value=chosen, format="DD/MM/YYYY", key=f"filter-{form}-{label}")
