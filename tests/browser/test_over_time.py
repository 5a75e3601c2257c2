"""Reports over several sessions in a real browser: nothing acts, nothing is cut off, and they print."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import CHROMIUM
from tests.browser.test_report import show
from tests.report.hostile import HAND_MADE, PAYLOADS
from tests.report.test_over_time import RATING, WORDS, hostile, one, whole
from transcript_alliance.report.course import Blinding
from transcript_alliance.report.document import Document
from transcript_alliance.report.pages import Paper, render_document
from transcript_alliance.report.pdf import print_pdf

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs a Chromium on this machine"),
]

PAGES: dict[str, Callable[[], Document]] = {
    "client": one,
    "caseload": whole,
    "blinded": lambda: whole(Blinding(RATING)),
}


def test_nothing_acts(browser: Browser, tmp_path: Path) -> None:
    with browser.new_context() as window:
        for payload in HAND_MADE:
            assert show(window, tmp_path, render_document(hostile(payload), WORDS)) == ([], False), payload[:40]


@pytest.mark.slow
def test_none_of_two_hundred_strings_acts(browser: Browser, tmp_path: Path) -> None:
    """Each page holds one string as client, therapist, session, measure, model, reason and scale."""
    with browser.new_context() as window:
        acted = {
            payload: seen
            for payload in PAYLOADS
            if (seen := show(window, tmp_path, render_document(hostile(payload), WORDS))) != ([], False)
        }
    assert acted == {}


@pytest.mark.parametrize("width", [320, 768, 1280])
@pytest.mark.parametrize("name", sorted(PAGES))
def test_no_sideways_scrolling(browser: Browser, tmp_path: Path, name: str, width: int) -> None:
    path = tmp_path / "page.html"
    path.write_text(render_document(PAGES[name](), WORDS), "utf-8")
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(path.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


@pytest.mark.parametrize(("paper", "box"), [(Paper.A4, b"594.9"), (Paper.US_LETTER, b"612")])
def test_prints_on_the_paper_that_was_asked_for(paper: Paper, box: bytes) -> None:
    pdf = print_pdf(render_document(one(), WORDS, paper), CHROMIUM)
    assert pdf.startswith(b"%PDF-")
    assert b"/MediaBox [0 0 " + box in pdf
