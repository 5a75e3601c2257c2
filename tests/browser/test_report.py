"""The report in a real browser: nothing in it acts, and people can use it."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, sync_playwright

from tests.report.hostile import PAYLOADS, carrying
from tests.report.samples import LABELS, SAMPLES
from transcript_alliance.report import render_html
from transcript_alliance.report.context import Context
from transcript_alliance.report.html import environment, page_values
from transcript_alliance.report.words import load_words

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs a Chromium on this machine"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Iterator[BrowserContext]:
    """One window for all hostile pages: opening a fresh one each time costs more than the page."""
    with browser.new_context() as window:
        yield window


@dataclass
class Seen:
    """What a page did besides being shown."""

    events: list[str] = field(default_factory=list)

    def watch(self, page: Page, own: str) -> None:
        def asked(url: str, what: str) -> None:
            if url != own:
                self.events.append(f"{what} {url[:80]}")

        page.on("dialog", self.dismiss)
        page.on("console", lambda message: asked(message.text, "console"))
        page.on("pageerror", lambda error: asked(str(error), "error"))
        page.on("request", lambda request: asked(request.url, "asked for"))
        page.on("framenavigated", lambda frame: asked(frame.url, "went to"))

    def dismiss(self, dialog: Dialog) -> None:
        self.events.append("dialog")
        dialog.dismiss()


def show(tab: BrowserContext, folder: Path, html: str) -> tuple[list[str], bool]:
    """What happened when the page was opened, and whether a payload's code ran in it."""
    path = folder / "page.html"
    path.write_text(html, "utf-8", errors="replace")
    page = tab.new_page()
    seen = Seen()
    seen.watch(page, path.as_uri())
    page.goto(path.as_uri(), wait_until="load")
    page.mouse.move(300, 300)
    page.wait_for_timeout(30)
    fired = bool(page.evaluate("() => Boolean(window.fired)"))
    page.close()
    return seen.events, fired


def unescaped(payload: str, keep_policy: bool) -> str:
    """The same page with its first guard taken away, and its second as wished."""
    coded, labels = carrying(payload)
    values = page_values(Context(coded, labels, load_words()))
    html = environment().overlay(autoescape=False).get_template("page.html").render(values)
    return html if keep_policy else html.replace('http-equiv="Content-Security-Policy"', 'name="was-policy"')


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_nothing_in_a_report_acts(tab: BrowserContext, tmp_path: Path, payload: str) -> None:
    events, fired = show(tab, tmp_path, render_html(*carrying(payload)))
    assert events == []
    assert not fired


@pytest.mark.slow
def test_both_guards_have_teeth(tab: BrowserContext, tmp_path: Path) -> None:
    """Without either guard these payloads all act; with the page's policy alone none of their code runs."""
    acting = PAYLOADS[:6]
    assert all(show(tab, tmp_path, unescaped(p, keep_policy=False))[1] for p in acting)
    assert not any(show(tab, tmp_path, unescaped(p, keep_policy=True))[1] for p in acting)


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_no_sideways_scrolling(browser: Browser, tmp_path: Path, name: str, width: int) -> None:
    path = tmp_path / "page.html"
    path.write_text(render_html(SAMPLES[name](), LABELS), "utf-8")
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(path.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_the_style_sheet_is_in_force_and_follows_the_theme(browser: Browser, tmp_path: Path) -> None:
    """A wrong hash in the page's policy would leave it bare."""
    path = tmp_path / "page.html"
    path.write_text(render_html(SAMPLES["strong"](), LABELS), "utf-8")
    grounds = []
    for scheme in ("light", "dark"):
        page = browser.new_page(color_scheme="light" if scheme == "light" else "dark")
        page.goto(path.as_uri())
        grounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        page.close()
    assert grounds == ["rgb(252, 251, 248)", "rgb(23, 25, 28)"]


def test_can_be_used_with_the_keyboard_alone(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(render_html(SAMPLES["poor"](), LABELS), "utf-8")
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(path.as_uri())
    page.keyboard.press("Tab")
    focused = "document.activeElement"
    assert page.evaluate(f"{focused}.className") == "skip"
    assert page.evaluate(f"{focused}.getBoundingClientRect().left") >= 0
    assert page.evaluate(f"getComputedStyle({focused}).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    assert page.url.endswith("#summary")
    page.locator("details summary").focus()
    page.keyboard.press("Enter")
    assert page.locator("details table").first.is_visible()
    # The picture's own links are for the pointer: the table beside it has the same ones for the keyboard.
    assert page.evaluate("[...document.querySelectorAll('figure a')].every(a => a.tabIndex === -1)")
    page.close()


def test_a_turns_link_shows_the_turn(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(render_html(SAMPLES["strong"](), LABELS), "utf-8")
    page = browser.new_page(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page.goto(path.as_uri())
    page.locator(".sentence .refs a", has_text="37").first.click()
    top = page.evaluate("document.getElementById('t37').getBoundingClientRect().top")
    assert 0 <= top < 800
    page.close()


def test_prints_as_a_tagged_pdf(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(render_html(SAMPLES["strong"](), LABELS), "utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    pdf = page.pdf(prefer_css_page_size=True, tagged=True)
    page.close()
    assert pdf.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in pdf
    assert 5 <= pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") <= 20
