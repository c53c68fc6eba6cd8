import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from eval.ann.page import page
from eval.ann.work import write
from tests.unit.eval.ann.results import result

CHROMIUM = Path("/usr/bin/chromium")


def test_the_page_holds_the_whole_result_and_refers_to_nothing_outside() -> None:
    text = page(result())
    start = text.index("const result = ") + len("const result = ")
    assert json.loads(text[start : text.index(";\n", start)]) == result()
    assert "http://" not in text.replace("http://www.w3.org", "")
    assert "https://" not in text


def test_a_name_cannot_end_the_script() -> None:
    hostile = result()
    hostile["runs"][0]["kind"] = "</script><script>alert(1)</script>"
    assert page(hostile).count("</script>") == 1


def test_all_files_are_written(tmp_path: Path) -> None:
    files = write(tmp_path, result())
    assert [one.name for one in files] == ["ann.json", "ann.html", "ann-10k-384.png"]
    assert json.loads(files[0].read_text()) == result()
    assert files[2].read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
@pytest.mark.skipif(not CHROMIUM.exists(), reason="chromium is not installed")
def test_a_browser_draws_the_points_and_tells_their_figures(tmp_path: Path) -> None:
    write(tmp_path, result())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        try:
            _look(browser.new_page(), tmp_path / "ann.html")
        finally:
            browser.close()


def _look(tab: Page, file: Path) -> None:
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto(file.as_uri())
    assert tab.locator("circle.mark").count() == 4
    tab.locator("circle.mark").first.focus()
    assert "pgvector HNSW (halfvec), ef_search 40" in tab.inner_text("#tip")
    assert tab.locator("#points tbody tr").count() == 4
    tab.select_option("#measure", "qps")
    tab.select_option("#filter", "one in ten")
    tab.locator("#legend button").first.click()
    assert tab.locator("circle.mark").count() == 2
    assert errors == []
