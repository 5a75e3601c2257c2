"""The layout as pictures: a strong, a poor and an abstaining session, a client and a caseload as people meet them.

Written anew by `TRANSCRIPT_ALLIANCE_GOLDEN=1 pytest tests/browser/test_layout.py`; look at them before keeping them.
"""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from tests.browser.chromium import CHROMIUM
from tests.browser.png import decode_grey, encode, grey_of
from tests.report.samples import LABELS, SAMPLES
from tests.report.test_over_time import WORDS, one, whole
from transcript_alliance.report import render_html
from transcript_alliance.report.pages import render_document


def _session(name: str) -> str:
    return render_html(SAMPLES[name](), LABELS)


GOLDEN = Path(__file__).parent / "golden"
FONTS = GOLDEN / "fonts.txt"
UPDATE = "TRANSCRIPT_ALLIANCE_GOLDEN" in os.environ
FACTOR = 6
"""The browser itself draws this much smaller."""
HEIGHT = 5600
"""Pixels from the top that are kept: summary, alliance and timeline."""
MAX_BYTES = 60_000
MEAN_TOLERANCE = 2.0
"""Grey levels of 255, over all pixels: what another version of the browser may do to edges."""
BLOCK_TOLERANCE = 0.02
"""Share of pixels that may differ by more than 40 grey levels."""

PAGES: dict[str, Callable[[], str]] = {
    **{name: partial(_session, name) for name in SAMPLES},
    "client": lambda: render_document(one(), WORDS),
    "caseload": lambda: render_document(whole(), WORDS),
}
VIEWS = {
    "desktop": (1200, "light", "screen"),
    "phone": (390, "light", "screen"),
    "dark": (1200, "dark", "screen"),
    "print": (718, "light", "print"),
}
"""Width in pixels, theme, medium; A4 with the margins of the style is 718 pixels wide."""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs a Chromium on this machine"),
]


def fonts(page: Page) -> str:
    """How wide this machine sets a line in each of the three families: other fonts, other pictures."""
    return str(
        page.evaluate(
            """() => ['--serif', '--sans', '--mono'].map(name => {
                const span = document.body.appendChild(document.createElement('span'));
                span.textContent = 'Hamburgefonstiv 0123456789';
                span.setAttribute('class', 'defs');
                const family = getComputedStyle(document.documentElement).getPropertyValue(name);
                // The same size in every view: print sets smaller than the screen, and a phone would break the line.
                span.style.font = '400 16px ' + family;
                span.style.whiteSpace = 'nowrap';
                const width = span.getBoundingClientRect().width.toFixed(1);
                span.remove();
                return width;
            }).join(' ')"""
        )
    )


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", sorted(PAGES))
def test_looks_as_it_did(browser: Browser, tmp_path: Path, name: str, view: str) -> None:
    width, scheme, medium = VIEWS[view]
    path = tmp_path / "page.html"
    path.write_text(PAGES[name](), "utf-8")
    page = browser.new_page(
        viewport={"width": width, "height": 1000},
        color_scheme="dark" if scheme == "dark" else "light",
        device_scale_factor=1 / FACTOR,
    )
    page.emulate_media(media="print" if medium == "print" else "screen")
    page.goto(path.as_uri())
    measured = fonts(page)
    height = min(HEIGHT, int(page.evaluate("document.documentElement.scrollHeight")))
    shot = page.screenshot(full_page=True, clip={"x": 0, "y": 0, "width": width, "height": height})
    page.close()
    found, kept = grey_of(shot), GOLDEN / f"{name}-{view}.png"
    if UPDATE:
        GOLDEN.mkdir(exist_ok=True)
        kept.write_bytes(encode(found))
        FONTS.write_text(measured + "\n", "utf-8")
    if FONTS.read_text("utf-8").strip() != measured:
        pytest.skip("the pictures were made with other fonts")
    assert kept.stat().st_size < MAX_BYTES
    compare(decode_grey(kept.read_bytes()), found)


def compare(golden: np.ndarray, found: np.ndarray) -> None:
    assert abs(golden.shape[0] - found.shape[0]) <= 2
    assert golden.shape[1] == found.shape[1]
    rows = min(len(golden), len(found))
    apart = np.abs(golden[:rows].astype(int) - found[:rows].astype(int))
    assert apart.mean() <= MEAN_TOLERANCE
    assert (apart > 40).mean() <= BLOCK_TOLERANCE


def test_a_missing_section_would_be_seen() -> None:
    """Teeth: the picture of one session does not pass for another's, nor moved down by 80 pixels."""
    strong = decode_grey((GOLDEN / "strong-desktop.png").read_bytes())
    poor = decode_grey((GOLDEN / "poor-desktop.png").read_bytes())
    rows = min(len(strong), len(poor))
    with pytest.raises(AssertionError):
        compare(strong[:rows], poor[:rows])
    with pytest.raises(AssertionError):
        compare(strong, np.roll(strong, 10, axis=0))


def test_a_picture_survives_being_kept() -> None:
    picture = (np.arange(48 * 40, dtype=np.int64).reshape(48, 40) % 256).astype(np.uint8)
    assert np.array_equal(decode_grey(encode(picture)), picture)
