"""The real product in a real browser: upload, ask, and see the very lines that the answer rests on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from tests.e2e.browser import Rectangle, Visitor, chromium, highlights, tinted, visitor
from tests.e2e.processes import Up, result

pytestmark = pytest.mark.slow

FONT, SIZE, LEFT, LEADING = "Helvetica", 11, 72, 14
NEAR = 3.0
BEFORE = "Visitors park in the courtyard behind the mill and report to the porter."
CITED = (
    "The tool library lends torque wrenches to employees for 21 days, and a loan is",
    "extended once when nobody else has asked for the same wrench.",
)
AFTER = "Ladders are inspected in spring and in autumn by the safety officer."
BASELINES = {BEFORE: 120.0, CITED[0]: 160.0, CITED[1]: 160.0 + LEADING, AFTER: 214.0}
QUESTION = "For how many days does the tool library lend torque wrenches?"
UNANSWERABLE = "Who won the football world championship in 1974?"
HOSTILE_NAME = "<img src=x onerror=window.pwned=3>.txt"
HOSTILE = (
    "The herring menu costs $7 crowns$ for guests and **staff** <img src=x onerror=window.pwned=1> "
    "[on Fridays](javascript:window.pwned=2) :smile:."
)


def draw(path: Path) -> None:
    """A page on which every line stands where the test says."""
    canvas = Canvas(str(path), pagesize=A4)
    canvas.setFont("Helvetica-Bold", 18)
    canvas.drawString(LEFT, A4[1] - 80, "House rules")
    canvas.setFont(FONT, SIZE)
    for text, baseline in BASELINES.items():
        canvas.drawString(LEFT, A4[1] - baseline, text)
    canvas.save()


def line_area(text: str) -> Rectangle:
    """Where a line's letters stand, in points from the top left corner."""
    baseline = BASELINES[text]
    return Rectangle(LEFT, baseline - 0.72 * SIZE, LEFT + stringWidth(text, FONT, SIZE), baseline + 0.21 * SIZE)


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """The product without the sample handbook."""
    home = tmp_path_factory.mktemp("browser") / "home"
    home.mkdir()
    (home / "sample.json").write_text('{"version_id": null}')
    up = Up(home)
    try:
        up.ready()
        yield up
    finally:
        up.clear()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests; every person in it is a stranger to the others."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def library(up: Up, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Up:
    """The product after two files were uploaded through the page."""
    folder = tmp_path_factory.mktemp("files")
    rules, hostile = folder / "rules.pdf", folder / HOSTILE_NAME
    draw(rules)
    hostile.write_text(f"Canteen notes\n\n{HOSTILE}\n", encoding="utf-8")
    with visitor(browser, address_of(up)) as person:
        person.open()
        expect(person.page.get_by_text("There are no documents yet")).to_be_visible()
        person.page.get_by_role("button", name="Add documents").click()
        expect(person.page.get_by_text("No documents yet.")).to_be_visible()
        person.upload(rules, hostile)
        expect(person.page.get_by_test_id("notice-done")).to_contain_text("rules.pdf: uploaded")
        person.wait_indexed("rules.pdf")
        person.wait_indexed(HOSTILE_NAME)
        assert person.page.evaluate("window.pwned") is None
        assert person.outside == []
    return up


@pytest.fixture
def wide(library: Up, browser: Browser) -> Iterator[Visitor]:
    """A person at a wide window, on the page to ask."""
    with visitor(browser, address_of(library)) as person:
        person.open()
        yield person
        assert person.outside == []
        assert person.errors == []


def address_of(up: Up) -> str:
    """Where the page is served."""
    return f"http://127.0.0.1:{up.port}"


def test_a_footnote_opens_the_page_with_the_cited_lines_marked(wide: Visitor) -> None:
    turn = wide.ask(QUESTION)
    sentence = turn.get_by_test_id("sentence").first
    expect(sentence).to_contain_text("21 days")
    expect(turn.get_by_test_id("note").first).to_contain_text("rules.pdf")
    expect(turn.get_by_test_id("note").first).to_contain_text("page 1")

    panel = wide.open_source(sentence.get_by_test_id("footnote").first)

    found = sorted(highlights(panel), key=lambda box: box.y0)
    assert len(found) == len(CITED)
    for box, text in zip(found, CITED, strict=True):
        expected = line_area(text)
        assert box.x0 == pytest.approx(expected.x0, abs=NEAR)
        assert box.x1 == pytest.approx(expected.x1, abs=NEAR)
        assert box.y0 == pytest.approx(expected.y0, abs=NEAR)
        assert box.y1 == pytest.approx(expected.y1, abs=NEAR)
    assert min(tinted(panel, line_area(text)) for text in CITED) > 0.5
    assert max(tinted(panel, line_area(text)) for text in (BEFORE, AFTER)) == 0.0


def test_the_source_stands_beside_the_answer_and_closes(wide: Visitor) -> None:
    turn = wide.ask(QUESTION)
    marker = turn.get_by_test_id("footnote").first
    panel = wide.open_source(marker)
    answer, source = turn.bounding_box(), panel.bounding_box()
    assert answer is not None
    assert source is not None
    assert answer["x"] + answer["width"] <= source["x"]
    panel.get_by_test_id("source-close").click()
    expect(panel).to_have_count(0)
    expect(marker).to_have_attribute("aria-pressed", "false")


def test_a_footnote_is_reached_and_pressed_by_keyboard(wide: Visitor) -> None:
    turn = wide.ask(QUESTION)
    marker = turn.get_by_test_id("footnote").first
    marker.focus()
    wide.page.keyboard.press("Enter")
    panel = wide.page.get_by_test_id("source")
    expect(panel).to_be_visible()
    expect(marker).to_have_attribute("aria-pressed", "true")
    panel.get_by_test_id("source-close").focus()
    wide.page.keyboard.press("Escape")
    expect(panel).to_have_count(0)


def test_what_the_documents_do_not_say_is_not_answered(wide: Visitor) -> None:
    turn = wide.ask(UNANSWERABLE)
    expect(turn.get_by_test_id("abstained")).to_have_text("The documents don't say.")
    expect(turn.get_by_test_id("sentence")).to_have_count(0)


def test_filters_limit_the_answer_until_they_are_cleared(wide: Visitor) -> None:
    page = wide.page
    page.get_by_role("button", name="Filters").click()
    page.get_by_label("File types").last.click()
    page.get_by_role("option", name="txt").click()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stPopoverButton")).to_contain_text("Filters (1)")
    page.keyboard.press("Escape")
    limited = wide.ask(QUESTION)
    expect(page.get_by_text("Only in: type txt")).to_be_visible()
    expect(limited).not_to_contain_text("rules.pdf")

    page.get_by_test_id("stPopoverButton").click()
    page.get_by_role("button", name="Clear all filters").click()
    expect(page.get_by_test_id("stPopoverButton")).not_to_contain_text("(1)")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="New chat").click()
    expect(page.get_by_test_id("turn")).to_have_count(0)
    expect(wide.ask(QUESTION)).to_contain_text("rules.pdf")


def test_hostile_text_is_shown_as_it_stands(wide: Visitor) -> None:
    turn = wide.ask("What does the herring menu cost?")
    shown = turn.get_by_test_id("sentence").or_(turn.get_by_test_id("passage")).first
    expect(shown).to_contain_text("<img src=x onerror=window.pwned=1>")
    expect(shown).to_contain_text("[on Fridays](javascript:window.pwned=2)")
    panel = wide.open_source(turn.get_by_test_id("footnote").first)
    expect(panel.get_by_test_id("highlight").first).to_contain_text("$7 crowns$")
    expect(panel.get_by_role("heading")).to_have_text(HOSTILE_NAME)
    assert wide.page.evaluate("window.pwned") is None
    assert wide.page.locator("img[src='x'], a[href^='javascript'], .katex").count() == 0


@pytest.mark.parametrize("part", ["", "documents", "status"])
def test_a_narrow_window_never_scrolls_sideways(library: Up, browser: Browser, part: str) -> None:
    with visitor(browser, address_of(library), width=400, height=800) as person:
        person.open(part)
        person.page.wait_for_load_state("networkidle")
        assert sideways(person) == 0


def test_a_narrow_window_shows_the_source_over_the_answer(library: Up, browser: Browser) -> None:
    with visitor(browser, address_of(library), width=400, height=800) as person:
        person.open()
        turn = person.ask(QUESTION)
        panel = person.open_source(turn.get_by_test_id("footnote").first)
        expect(panel.get_by_test_id("highlight").first).to_be_in_viewport()
        box = panel.bounding_box()
        assert box is not None
        assert (box["x"], box["width"]) == (0, 400)
        assert sideways(person) == 0


def test_a_file_over_the_limit_is_refused_with_the_limit(wide: Visitor, tmp_path: Path) -> None:
    large = tmp_path / "large.pdf"
    with large.open("wb") as file:
        file.truncate(300_000_000)
    wide.open("documents")
    wide.page.locator("input[type=file]").set_input_files(str(large))
    expect(wide.page.get_by_test_id("stFileUploader")).to_contain_text("200", timeout=30_000)
    expect(wide.page.get_by_text("must be 200")).to_be_visible(timeout=30_000)


def test_the_same_file_again_is_unchanged(wide: Visitor, tmp_path: Path) -> None:
    again = tmp_path / HOSTILE_NAME
    again.write_text(f"Canteen notes\n\n{HOSTILE}\n", encoding="utf-8")
    wide.upload(again)
    expect(wide.page.get_by_test_id("notice-info")).to_contain_text("unchanged, already in the library")


def test_an_unusable_file_is_refused_in_words(wide: Visitor, tmp_path: Path) -> None:
    renamed = tmp_path / "game.pdf"
    renamed.write_bytes(b"MZ\x90\x00" + bytes(range(256)) * 8)
    wide.upload(renamed)
    expect(wide.page.get_by_test_id("notice-error")).to_contain_text("game.pdf: This is not a PDF")


def test_the_status_page_counts(wide: Visitor) -> None:
    wide.open("status")
    expect(wide.page.get_by_test_id("notice-done")).to_contain_text("worker is running")
    expect(wide.page.get_by_test_id("facts").nth(1)).to_contain_text("Documents")
    expect(wide.page.get_by_test_id("facts").last).to_contain_text("not measured: run footnote tune")


@pytest.mark.parametrize("width", [1280, 400])
def test_the_status_page_draws_measured_recall(library: Up, browser: Browser, width: int) -> None:
    report = result(library.home, "tune", "--recall", "0.9", "--queries", "60", "--seed", str(width))
    assert report["reached"]
    assert result(library.home, "db", "status")["measurement"]["target"] == 0.9
    with visitor(browser, address_of(library), width=width) as person:
        person.open("status")
        facts = person.page.get_by_test_id("facts").last
        expect(facts).to_contain_text("at least 9")
        expect(facts).to_contain_text("60 generated questions")
        chart = person.page.get_by_test_id("stVegaLiteChart").locator("svg, canvas").first
        expect(chart).to_be_visible()
        box = chart.bounding_box()
        assert box is not None
        assert box["width"] > 250
        assert box["height"] > 200
        assert sideways(person) == 0
        assert (person.outside, person.errors) == ([], [])


def test_deleting_asks_first_and_then_removes(wide: Visitor, library: Up, tmp_path: Path) -> None:
    short = tmp_path / "short-lived.txt"
    short.write_text("The sundial in the yard was repaired by Edda Brann.\n", encoding="utf-8")
    wide.upload(short)
    wide.wait_indexed(short.name)
    wide.document(short.name).get_by_test_id("delete").click()
    wide.page.get_by_role("button", name="Keep it").click()
    expect(wide.page.get_by_role("dialog")).to_have_count(0)
    expect(wide.document(short.name)).to_have_count(1)
    wide.document(short.name).get_by_test_id("delete").click()
    wide.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(wide.page.get_by_test_id("notice-done")).to_contain_text(f"{short.name} was deleted: 1 version")
    expect(wide.document(short.name)).to_have_count(0)
    names = [row["document"] for row in result(library.home, "documents", "list")["documents"]]
    assert short.name not in names
    assert "rules.pdf" in names


def sideways(person: Visitor) -> int:
    """How far the page can be scrolled to the side, in pixels."""
    width = "Math.max(document.documentElement.scrollWidth, document.querySelector('.stMain').scrollWidth)"
    return int(person.page.evaluate(f"{width} - window.innerWidth"))
