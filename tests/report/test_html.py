"""The page as a whole: valid, closed in itself, complete, and the same every time."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from itertools import pairwise

import pytest

from tests.builders import make_session
from tests.report.page import Element, parse
from tests.report.samples import LABELS, PROVENANCE, QUALITY, REASON, SAMPLES, doubtful, poor, strong
from transcript_alliance.annotations import CodedSession, Marker, Origin, Span
from transcript_alliance.errors import SettingsError
from transcript_alliance.report import ReportLabels, render_html
from transcript_alliance.report.branding import printable
from transcript_alliance.report.html import SECTIONS, environment
from transcript_alliance.session import Note

PAGES = {name: render_html(make(), LABELS) for name, make in SAMPLES.items()}


@pytest.fixture(params=sorted(PAGES))
def html(request: pytest.FixtureRequest) -> str:
    return PAGES[request.param]


@pytest.fixture
def page(html: str) -> Element:
    return parse(html)


def test_no_script_style_attribute_or_foreign_address(html: str, page: Element) -> None:
    forbidden = {"script", "iframe", "object", "embed", "img", "link", "base", "form", "foreignobject"}
    assert not [e.tag for e in page.walk() if e.tag in forbidden]
    assert {e.attributes["type"] for e in page.find("input")} <= {"radio", "checkbox"}
    for element in page.walk():
        for name, value in element.attributes.items():
            assert not name.startswith("on"), name
            assert name not in ("style", "src", "srcset", "xlink:href", "action", "ping", "target"), name
            if name == "href":
                assert value.startswith("#"), value
    assert "http://" not in html
    assert "https://" not in html
    assert "@import" not in html
    assert "url(" not in re.sub(r'fill="url\(#p-(withdrawal|confrontation)\)"', "", html)


def test_policy_forbids_all_but_this_style_sheet(page: Element) -> None:
    (meta,) = [e for e in page.find("meta") if e.attributes.get("http-equiv") == "Content-Security-Policy"]
    (style,) = page.find("style")
    digest = base64.b64encode(hashlib.sha256("".join(style._texts()).encode()).digest()).decode()
    assert meta.attributes["content"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    # Nothing may stand before the policy but the declaration of the encoding: it holds from there on.
    head = [e.tag for e in page.find("head")[0].walk()][:3]
    assert head == ["head", "meta", "meta"]


def test_ids_are_unique_and_every_link_leads_somewhere(page: Element) -> None:
    ids = [e.attributes["id"] for e in page.walk() if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    targets = {e.attributes["href"][1:] for e in page.walk() if "href" in e.attributes}
    referred = {i for e in page.walk() for i in e.attributes.get("aria-labelledby", "").split()}
    patterns = {i for e in page.walk() for i in re.findall(r"url\(#([^)]+)\)", e.attributes.get("fill", ""))}
    assert targets | referred | patterns <= set(ids)


def test_headings_go_down_one_step_at_a_time(page: Element) -> None:
    levels = [int(e.tag[1]) for e in page.walk() if re.fullmatch(r"h[1-6]", e.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert levels.count(2) == len(SECTIONS) == 9
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_has_what_readers_without_sight_or_mouse_need(page: Element) -> None:
    assert page.find("html")[0].attributes["lang"] == "en"
    skip = page.find("a")[0]
    assert skip.classes == ["skip"]
    assert [len(page.find(tag)) for tag in ("main", "nav", "h1")] == [1, 1, 1]
    for picture in page.find("svg", role="img"):
        (title, *_) = [c for c in picture.children if isinstance(c, Element)]
        assert title.tag == "title"
        assert title.text
    for svg in page.find("svg"):
        inside = any(e.tag == "svg" for e in svg.above())
        assert "role" in svg.attributes or "aria-hidden" in svg.attributes or inside


def test_all_of_the_talk_is_there_word_for_word() -> None:
    for name, make in SAMPLES.items():
        session = make().session
        page = parse(PAGES[name])
        for i in range(len(session.turns)):
            (turn,) = page.find("li", id=f"t{i + 1}")
            (talk,) = turn.find("p", "talk")
            assert talk.text == session.turn_text(i)
            assert session.role(i).value in turn.classes


def test_quotes_are_what_was_said_in_the_turn_they_lead_to(page: Element) -> None:
    quotes = page.find("blockquote")
    for quote in quotes:
        words = quote.find("p")[0].text.removesuffix(" …")
        (turn,) = page.find("li", id=quote.find("a")[0].attributes["href"][1:])
        assert words
        assert words in turn.find("p", "talk")[0].text
    assert quotes or REASON in page.text


def test_says_what_it_is_not(page: Element) -> None:
    use = page.find("p", "use")[0].text
    assert "Not a diagnosis, not a risk detector, and not made for judging staff" in use
    limits = page.find("section", "limits")[0].text
    for told in ("voice", "careful readers", "not certified raters", "Not a verdict", "Not a risk detector", "50%"):
        assert told in limits


def test_no_value_is_left_unset_and_no_text_unfilled(page: Element) -> None:
    body = page.find("body")[0].text
    assert not re.search(r"[{}]|\bNone\b|Undefined", body)
    assert not [v for e in page.walk() for v in e.attributes.values() if re.search(r"[{}]|\b(None|nan)\b", v)]


def test_same_session_same_bytes_and_no_change_to_it() -> None:
    coded = strong()
    assert render_html(coded, LABELS) == PAGES["strong"]
    assert coded == strong()


def test_a_session_with_nothing_found_and_nothing_known_still_makes_a_page() -> None:
    bare = CodedSession(make_session("T: Hello."), (), (), (), (), (), PROVENANCE)
    page = parse(render_html(bare, ReportLabels((), ())))
    assert page.find("li", id="t1")
    assert "No strain was marked" in page.text
    assert "No codes occur on this page." in page.text
    with_labels = parse(render_html(bare, LABELS)).find("section", "scales")[0].text
    assert "The model gives no score for this scale." in with_labels
    empty = replace(bare, session=replace(bare.session, utterances=(), turns=(), episodes=(), speakers=()))
    assert "0 turns" in parse(render_html(empty, LABELS)).text


def test_no_model_is_said_and_cues_are_counted() -> None:
    coded = replace(strong(), events=(), scores=(), markers=(Marker("EMP", 4, 5, 1.0, Origin.CUE),))
    page = parse(render_html(coded, LABELS))
    assert "No model was used" in page.find("section", "timeline")[0].text
    assert "by word cues" in page.find("section", "summary")[0].text


def test_long_sessions_stay_small() -> None:
    """500 turns, two markers each, a strain every 25 turns: under 1.5 MB."""
    lines = [line for make in (strong, poor) for line in _script(make())]
    session = make_session("\n".join((lines * 6)[:500]))
    assert len(session.turns) == 500
    markers = tuple(
        Marker(code, t.start, t.end, 0.8, Origin.MODEL, (Span(t.start, 0, 3),))
        for t in session.turns
        for code in ("EMP", "OPEN")
    )
    pattern = poor().events[3]
    events = tuple(
        replace(pattern, start=session.turns[k].start, end=session.turns[k + 4].end, repair=())
        for k in range(0, 490, 25)
    )
    html = render_html(replace(strong(), session=session, markers=markers, events=events, windows=()), LABELS)
    assert len(html.encode()) < 1_500_000
    assert len(parse(html).find("li", "turn")) == 500


def _script(coded: CodedSession) -> list[str]:
    session = coded.session
    return [f"{session.role(i).value[0].upper()}: {session.turn_text(i)}" for i in range(len(session.turns))]


def test_characters_that_no_page_can_hold_are_replaced() -> None:
    coded = strong()
    talk = (replace(coded.session.utterances[0], text="a\x00b\x1b[31m\ud800c"), *coded.session.utterances[1:])
    html = render_html(replace(coded, session=replace(coded.session, utterances=talk, session_id="n\udcff")), LABELS)
    html.encode()  # would fail on a lone surrogate
    assert "a\ufffdb\ufffd[31m\ufffdc" in html
    assert "n\\udcff" in html
    assert printable(3) == 3


def test_direction_marks_in_names_are_shown_and_do_not_act() -> None:
    coded = strong()
    session = replace(coded.session, session_id="s\u202egnp", notes=(Note("W_NEW\u202e"),))
    html = render_html(replace(coded, session=session), LABELS)
    assert "s\\u202egnp" in html
    assert "s\u202egnp" not in html


def test_unknown_names_in_a_template_are_errors() -> None:
    with pytest.raises(Exception, match="undefined"):
        environment().from_string("{{ nothing_of_this_name }}").render()


def test_a_language_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(SettingsError, match="choose one of: de, en"):
        render_html(strong(), LABELS, "xx")


def test_labels_can_be_kept_as_json() -> None:
    """They are plain values, so a pipeline can store or compare them."""
    assert json.loads(json.dumps(LABELS.codes[0].family)) == "skill"
    assert hash(LABELS) == hash(ReportLabels(LABELS.codes, LABELS.instruments))
    assert QUALITY[0].scale == LABELS.instruments[0].scales[0].scale


def test_doubtful_roles_are_shown_with_their_doubt() -> None:
    who = parse(PAGES["doubtful"]).find("table", "who")[0].text
    assert doubtful().session.speakers[0].reason in who
    assert "52%" in who
