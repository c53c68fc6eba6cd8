"""Drives the real page in a real browser, and keeps the browser away from everything but this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, Route, expect, sync_playwright

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"]
PIXELS_A_POINT = 2.0
WAIT_MS = 30_000
ANSWER_MS = 60_000
LOOPBACK = {"127.0.0.1", "localhost", None}


@dataclass(frozen=True)
class Rectangle:
    """A rectangle in points from the top left corner of a page."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass
class Visitor:
    """A person at the page. `outside` lists every request that was not for this machine; all were blocked."""

    page: Page
    address: str
    outside: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def open(self, part: str = "") -> None:
        """Go to a part of the page and wait until it is drawn."""
        self.page.goto(f"{self.address}/{part}")
        wanted = self.page.get_by_role("heading", level=1) if part else self.page.get_by_test_id("stChatInput")
        expect(wanted.first).to_be_visible(timeout=WAIT_MS)

    def upload(self, *files: Path) -> None:
        """Upload files through the form."""
        self.open("documents")
        self.page.locator("input[type=file]").set_input_files([str(file) for file in files])
        for file in files:
            chosen = self.page.get_by_role("button", name=f"Remove {file.name}")
            expect(chosen).to_be_visible(timeout=WAIT_MS)
        self.page.get_by_role("button", name="Add to the library").click()

    def document(self, name: str) -> Locator:
        """The library's card of a document."""
        named = self.page.get_by_test_id("document-name").filter(has_text=name)
        return self.page.get_by_test_id("document").filter(has=named)

    def wait_indexed(self, name: str) -> None:
        """Wait until a document is ready to be asked about."""
        status = self.document(name).get_by_test_id("status")
        expect(status).to_have_attribute("data-status", "indexed", timeout=ANSWER_MS)

    def ask(self, question: str) -> Locator:
        """Ask, and wait until the answer is complete; returns the turn."""
        before = self.page.get_by_test_id("turn").count()
        box = self.page.get_by_test_id("stChatInputTextArea")
        expect(box).to_be_enabled(timeout=WAIT_MS)
        box.fill(question)
        box.press("Enter")
        turn = self.page.get_by_test_id("turn").nth(before)
        expect(turn).to_have_attribute("aria-busy", "false", timeout=ANSWER_MS)
        return turn

    def open_source(self, control: Locator) -> Locator:
        """Click a footnote; returns the panel."""
        control.click()
        panel = self.page.get_by_test_id("source")
        expect(panel).to_be_visible(timeout=WAIT_MS)
        return panel


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's browser, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visitor(browser: Browser, address: str, width: int = 1280, height: int = 1400) -> Iterator[Visitor]:
    """A person with a window of this size, with no memory of others."""
    page = browser.new_page(viewport={"width": width, "height": height})
    try:
        person = Visitor(page, address)
        page.route("**/*", lambda route: _only_loopback(route, person.outside))
        page.on("pageerror", lambda error: person.errors.append(str(error)))
        yield person
    finally:
        page.close()


def _only_loopback(route: Route, outside: list[str]) -> None:
    parts = urlsplit(route.request.url)
    if parts.scheme in ("data", "blob") or parts.hostname in LOOPBACK:
        route.continue_()
    else:
        outside.append(route.request.url)
        route.abort()


def highlights(panel: Locator) -> list[Rectangle]:
    """Where the highlights really stand, measured on the screen and turned into points of the page's picture."""
    image = panel.get_by_test_id("page-image")
    expect(image).to_be_visible(timeout=WAIT_MS)
    image.evaluate("image => image.decode()")
    natural = image.evaluate("image => image.naturalWidth")
    frame = _rectangle(image)
    points = natural / PIXELS_A_POINT / (frame.x1 - frame.x0)
    return [_relative(_rectangle(mark), frame, points) for mark in panel.get_by_test_id("highlight").all()]


def tinted(panel: Locator, area: Rectangle) -> float:
    """The share of an area of the page (in points) that carries the highlight's tint in a screenshot."""
    image = panel.get_by_test_id("page-image")
    natural = image.evaluate("image => image.naturalWidth")
    with Image.open(BytesIO(image.screenshot())) as picture:
        pixels = np.asarray(picture.convert("RGB"), dtype=np.int16)
    scale = pixels.shape[1] / (natural / PIXELS_A_POINT)
    left, top, right, bottom = (round(edge * scale) for edge in (area.x0, area.y0, area.x1, area.y1))
    return _share_of_tint(pixels[top:bottom, left:right])


def _share_of_tint(pixels: NDArray[np.int16]) -> float:
    assert pixels.size, "the area is not on the picture"
    yellow = (pixels[..., 0] - pixels[..., 2] > 60) & (pixels[..., 0] - pixels[..., 1] < 80)
    return float(yellow.mean())


def _rectangle(element: Locator) -> Rectangle:
    box = element.bounding_box()
    assert box is not None, "the element is not drawn"
    return Rectangle(box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"])


def _relative(inner: Rectangle, outer: Rectangle, points: float) -> Rectangle:
    return Rectangle(
        (inner.x0 - outer.x0) * points,
        (inner.y0 - outer.y0) * points,
        (inner.x1 - outer.x0) * points,
        (inner.y1 - outer.y0) * points,
    )
