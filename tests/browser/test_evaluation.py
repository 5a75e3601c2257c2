"""The page of an evaluation in a real browser: nothing acts, nothing is cut off."""

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import CHROMIUM
from tests.browser.test_report import show
from tests.report.hostile import HAND_MADE
from tests.report.test_evaluation import FACTS, LINES
from transcript_alliance.report.evaluation import EventBar, render_evaluation

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs a Chromium on this machine"),
]


def test_nothing_acts(browser: Browser, tmp_path: Path) -> None:
    with browser.new_context() as window:
        for words in HAND_MADE:
            line = replace(LINES[0], task=words, what=words, measure=words, floor_name=words)
            facts = replace(FACTS, title=words, lines=(line,), events=(EventBar(words, 1, 2, 3),), limits=(words,))
            assert show(window, tmp_path, render_evaluation(facts)) == ([], False), words[:40]


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_no_sideways_scrolling(browser: Browser, tmp_path: Path, width: int) -> None:
    path = tmp_path / "page.html"
    path.write_text(render_evaluation(FACTS), "utf-8")
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(path.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()
