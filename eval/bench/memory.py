"""Peak memory of the product's processes."""

import socket
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from app.address import is_served, page_url
from app.settings import Settings
from app.ui.command import streamlit_command
from eval.bench.processes import peak_memory, running, wait_until
from eval.report import table

CHROMIUM = Path("/usr/bin/chromium")
START_S = 60.0
ANSWER_MS = 60_000.0
TARGET_GB = 1.5


def page_memory(settings: Settings, question: str) -> int | None:
    """Peak memory in bytes of the web page's process after a person has asked a question.

    `None` where there is no browser to ask with.
    """
    if not CHROMIUM.exists():
        return None
    served = settings.model_copy(update={"ui_port": _free_port()})
    log = settings.home / "logs" / "bench-page.log"
    with running(streamlit_command(served), settings.home, log, FOOTNOTE_UI_PORT=str(served.ui_port)) as process:
        wait_until(lambda: is_served(served), START_S, f"the page is served ({log})")
        _ask_in_browser(page_url(served), question)
        return peak_memory(process.pid)


def _ask_in_browser(address: str, question: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        page = browser.new_page()
        page.goto(address)
        box = page.get_by_test_id("stChatInputTextArea")
        expect(box).to_be_enabled(timeout=ANSWER_MS)
        box.fill(question)
        box.press("Enter")
        turn = page.get_by_test_id("turn").first
        expect(turn).to_have_attribute("aria-busy", "false", timeout=ANSWER_MS)
        browser.close()


def show(peaks: dict[str, int | None]) -> str:
    """The figures for people."""
    rows = [[name, "no chromium" if peak is None else f"{peak / 1e9:.2f}"] for name, peak in peaks.items()]
    return "\n".join([table(["Peak memory (VmHWM), GB", ""], rows), f"target: under {TARGET_GB} GB each"])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
