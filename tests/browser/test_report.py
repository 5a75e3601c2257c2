"""The report in a real browser: nothing in it acts, and people can use it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page

from tests.browser.chromium import CHROMIUM, axe_source
from tests.report.hostile import HAND_MADE, PAYLOADS, carrying
from tests.report.samples import LABELS, SAMPLES
from transcript_alliance.report import render_html
from transcript_alliance.report.context import Context
from transcript_alliance.report.html import environment, page_values
from transcript_alliance.report.words import load_words

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs a Chromium on this machine"),
]


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


@pytest.mark.parametrize("payload", HAND_MADE, ids=range(len(HAND_MADE)))
def test_nothing_in_a_report_acts(tab: BrowserContext, tmp_path: Path, payload: str) -> None:
    events, fired = show(tab, tmp_path, render_html(*carrying(payload)))
    assert events == []
    assert not fired


@pytest.mark.slow
def test_none_of_two_hundred_strings_acts_in_any_place(tab: BrowserContext, tmp_path: Path) -> None:
    """Each page holds one string in every place that takes foreign text, more than eight of them."""
    acted = {
        payload: seen
        for payload in PAYLOADS
        if (seen := show(tab, tmp_path, render_html(*carrying(payload)))) != ([], False)
    }
    assert acted == {}


@pytest.mark.slow
def test_the_same_strings_act_hundreds_of_times_without_the_guards(tab: BrowserContext, tmp_path: Path) -> None:
    """Teeth: each firing is counted, a string in several places may fire in each."""
    fired = 0
    for payload in PAYLOADS[::4]:
        path = tmp_path / "page.html"
        path.write_text(unescaped(payload, keep_policy=False), "utf-8", errors="replace")
        page = tab.new_page()
        page.on("dialog", lambda dialog: dialog.dismiss())
        page.goto(path.as_uri(), wait_until="load")
        fired += int(page.evaluate("() => window.fired || 0"))
        page.close()
    assert fired >= 300


@pytest.mark.slow
def test_both_guards_have_teeth(tab: BrowserContext, tmp_path: Path) -> None:
    """Without either guard these payloads all act; with the page's policy alone none of their code runs."""
    acting = HAND_MADE[:6]
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
    folded = page.locator("details")
    assert folded.count() >= 2  # the timeline as a table, possible strains
    for n in range(folded.count()):
        folded.nth(n).locator("summary").focus()
        page.keyboard.press("Enter")
        assert folded.nth(n).evaluate("d => d.open && d.lastElementChild.getBoundingClientRect().height > 0")
    # A code's dots are for the pointer: the table beside the picture has the same links for the keyboard.
    assert page.evaluate("[...document.querySelectorAll('.code-lane a')].every(a => a.tabIndex === -1)")
    page.close()


def test_every_evidence_link_is_reached_with_the_tab_key(browser: Browser, tmp_path: Path) -> None:
    page = opened(browser, tmp_path, "poor")
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    links = "[...document.querySelectorAll('main a')]"
    wanted = page.evaluate(f"{links}.filter(a => a.tabIndex >= 0).length")
    page.evaluate(
        """() => {
            window.reached = new Set();
            document.addEventListener('focusin', e => e.target.closest('main a') && window.reached.add(e.target));
        }"""
    )
    for _ in range(wanted + 120):
        page.keyboard.press("Tab")
    assert wanted > 100
    assert page.evaluate("window.reached.size") == wanted
    # What only the pointer can reach has its twin for the keyboard.
    everywhere = page.evaluate(f"{links}.map(a => a.getAttribute('href'))")
    with_keys = page.evaluate(f"{links}.filter(a => a.tabIndex >= 0).map(a => a.getAttribute('href'))")
    assert set(everywhere) == set(with_keys)
    page.close()


def test_the_filter_shows_the_chosen_turns_and_the_linked_one_without_script(browser: Browser, tmp_path: Path) -> None:
    with browser.new_context(java_script_enabled=False) as window:
        path = tmp_path / "page.html"
        path.write_text(render_html(SAMPLES["poor"](), LABELS), "utf-8")
        page = window.new_page()
        page.goto(path.as_uri())
        assert page.locator("#t1").is_visible()
        page.locator("#show-confrontation").check()
        assert page.locator("#t14").is_visible()
        assert not page.locator("#t1").is_visible()
        # A link still leads to a turn that the filter hides.
        page.goto(path.as_uri() + "#t3")
        page.locator("#show-confrontation").check()
        assert page.locator("#t3").is_visible()
        page.locator("#show-all").check()
        assert page.locator("#t1").is_visible()
        page.emulate_media(media="print")
        assert page.locator("#t2").is_visible()


AXE = axe_source()


@pytest.mark.skipif(AXE is None, reason="needs axe-core: `make axe` fetches it")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_axe_finds_no_violation(browser: Browser, tmp_path: Path, name: str, scheme: str) -> None:
    path = tmp_path / "page.html"
    path.write_text(render_html(SAMPLES[name](), LABELS), "utf-8")
    # The page's own policy would stop the checker's script too.
    with browser.new_context(bypass_csp=True, color_scheme="dark" if scheme == "dark" else "light") as window:
        page = window.new_page()
        page.goto(path.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
        page.evaluate(str(AXE))
        found = page.evaluate(
            """async () => (await axe.run()).violations.map(
                v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.target.join(' ')))"""
        )
        assert found == []


def test_a_page_at_twice_the_size_keeps_its_words_in_sight(browser: Browser, tmp_path: Path) -> None:
    """200% zoom of a window 1280 wide is a window 640 wide: nothing runs out of it, nothing is cut off."""
    page = opened(browser, tmp_path, "strong", width=640)
    assert page.evaluate("document.documentElement.scrollWidth") <= 640
    cut = """[...document.querySelectorAll('main p, main li, main dd, main h2, main h3, main h4')].filter(e => {
        const box = e.getBoundingClientRect(), style = getComputedStyle(e);
        return box.width > 0 && (box.right > 641 || (style.overflow === 'hidden' && e.scrollWidth > e.clientWidth + 1));
    }).filter(e => !e.closest('.scroll') && !e.classList.contains('lane-name')).map(e => e.className)"""
    assert page.evaluate(cut) == []
    page.close()


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_prints_on_either_paper(browser: Browser, tmp_path: Path, paper: str) -> None:
    page = opened(browser, tmp_path, "poor")
    pdf = page.pdf(format=paper, tagged=True)
    page.close()
    width = {"A4": b"595", "Letter": b"612"}[paper]
    assert b"/MediaBox [0 0 " + width in pdf


def opened(browser: Browser, folder: Path, name: str, width: int = 1280) -> Page:
    path = folder / "page.html"
    path.write_text(render_html(SAMPLES[name](), LABELS), "utf-8")
    page = browser.new_page(viewport={"width": width, "height": 800}, reduced_motion="reduce")
    page.goto(path.as_uri())
    return page


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
