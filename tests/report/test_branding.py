"""A house's own templates change the look and the words, and nothing about safety."""

import re
from pathlib import Path

import pytest

from tests.report.hostile import PAYLOADS, carrying
from tests.report.page import parse, skeleton
from tests.report.samples import LABELS, strong
from transcript_alliance.errors import SettingsError
from transcript_alliance.report import render_html
from transcript_alliance.report.branding import fields, load_branding


def house(folder: Path, **files: str) -> Path:
    """A template folder; `__` in a name stands for a dot."""
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, "utf-8")
    return folder


def render(folder: Path, language: str = "en") -> str:
    return render_html(strong(), LABELS, language, folder)


def test_an_empty_folder_changes_nothing(tmp_path: Path) -> None:
    assert render(tmp_path) == render_html(strong(), LABELS)


def test_single_files_override_and_the_rest_is_ours(tmp_path: Path) -> None:
    folder = house(
        tmp_path,
        brand__html='<p class="house">Clinic {{ name }}</p>',
        brand__css=".house { color: #123456; }",
        words__en__toml='[page]\nkicker = "Our own heading"\n',
        words__de__toml='[page]\nkicker = "Unser Titel"\n',
    )
    page = parse(render(folder))
    assert page.find("p", "house")[0].text == "Clinic strong_session_03"
    assert page.find("p", "kicker")[0].text == "Our own heading"
    assert page.find("style")[0].text.endswith(".house { color: #123456; }")
    assert page.find("h2", id="summary")[0].text == "1 In short"
    assert parse(render(folder, "de")).find("p", "kicker")[0].text == "Unser Titel"


def test_the_policy_names_the_style_that_is_there(tmp_path: Path) -> None:
    ours, own = render_html(strong(), LABELS), render(house(tmp_path, report__css="p { color: red; }"))
    policy = re.compile(r"sha256-([^']+)")
    assert len({digest for page in (ours, own) for digest in policy.findall(page)}) == 2


REFUSED = {
    "script": ({"brand__html": "<script>1</script>"}, "script element"),
    "handler": ({"brand__html": '<p onclick="1">x</p>'}, "attribute onclick"),
    "picture": ({"brand__html": '<img src="http://127.0.0.1:9/x.png">'}, "img element"),
    "link away": ({"brand__html": '<a href="http://127.0.0.1:9/">x</a>'}, "another address"),
    "svg link": ({"brand__html": '<svg><use xlink:href="http://127.0.0.1:9/#x"/></svg>'}, "another address"),
    "own style": ({"brand__html": '<p style="color: red">x</p>'}, "attribute style"),
    "no policy": ({"page__html": "<!DOCTYPE html><html><body>{{ name }}</body></html>"}, "lacks the policy"),
    "safe": ({"brand__html": "{{ name | safe }}"}, "not a valid template"),
    "autoescape": ({"brand__html": "{% autoescape false %}{{ name }}{% endautoescape %}"}, "turns escaping off"),
    "sandbox": ({"brand__html": "{{ name.__class__.__mro__ }}"}, "cannot be filled"),
    "undefined": ({"brand__html": "{{ nothing_like_it }}"}, "cannot be filled"),
    "endless": ({"brand__html": "{% for i in range(10 ** 9) %}x{% endfor %}"}, "cannot be filled"),
    "broken": ({"brand__html": "{% if %}"}, "not a valid template"),
    "css import": ({"brand__css": '@import "x.css";'}, "'@import'"),
    "css url": ({"brand__css": "p { background: URL(http://127.0.0.1:9/) }"}, "'url('"),
    "css end": ({"brand__css": "</style><script>1</script>"}, "'</'"),
    "unknown file": ({"sumary__html": ""}, "has no such file"),
    "unknown key": ({"words__en__toml": "[page]\nkickr = 'x'"}, "unknown key page.kickr"),
    "other kind": ({"words__en__toml": "page = 'x'"}, "another kind"),
    "value not given": ({"words__en__toml": "[page]\ntitle = '{labels}'"}, "names a value it is not given"),
    "value's inside": ({"words__en__toml": "[page]\ntitle = '{name.__class__}'"}, "names a value it is not given"),
    "broken words": ({"words__en__toml": "[page"}, "not valid TOML"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_could_act_is_refused_in_one_line(tmp_path: Path, case: str) -> None:
    files, told = REFUSED[case]
    with pytest.raises(SettingsError, match=re.escape(told)) as caught:
        render(house(tmp_path, **files))
    assert "\n" not in str(caught.value)
    assert "Martin" not in str(caught.value)  # nothing of the session


def test_a_folder_that_is_none_and_files_too_large_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="not a folder"):
        load_branding("en", tmp_path / "nowhere")
    house(tmp_path, brand__css=" " * 1_000_001)
    with pytest.raises(SettingsError, match="larger than"):
        load_branding("en", tmp_path)


def test_a_near_miss_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"did you mean summary\.html"):
        render(house(tmp_path, sumary__html=""))


@pytest.mark.parametrize("payload", PAYLOADS[:40:4], ids=range(len(PAYLOADS[:40:4])))
def test_hostile_words_stay_words_in_a_houses_own_template(tmp_path: Path, payload: str) -> None:
    folder = house(
        tmp_path,
        brand__html='<p title="{{ name }}">{% set x %}{{ name }}{% endset %}{{ x }} {{ "%s" | format(name) }}</p>',
    )
    coded, labels = carrying("Quagmire")
    bad, bad_labels = carrying(payload)
    harmless = skeleton(parse(render_html(coded, labels, "en", folder)))
    assert skeleton(parse(render_html(bad, bad_labels, "en", folder))) == harmless


def test_fields_of_a_text() -> None:
    assert fields("{{n}} {of}") == {"of"}
    for text in ("{0}", "{n:>99999999}", "{n.real}", "{n[0]}", "{"):
        assert fields(text) == {"?"}, text
