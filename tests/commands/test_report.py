"""`report`: what it makes of coded files, where it writes, and how it says what is wrong."""

import base64
import hashlib
import json
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands.conftest import CANARY, Run, coded_session
from tests.report.course_samples import caseload
from transcript_alliance.commands import reporting
from transcript_alliance.serialize import to_json

Program = Callable[..., Run]


@pytest.fixture
def coded(tmp_path: Path) -> Path:
    """A folder with the caseload's coded sessions."""
    folder = tmp_path / "coded"
    folder.mkdir()
    for name, session in caseload()[1].items():
        (folder / f"{name}.json").write_text(to_json(session), "utf-8")
    return folder


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    path = tmp_path / "sessions.csv"
    rows = [f"{e.session},{e.client},{e.therapist},{e.number},{e.date},{e.outcomes[0][1]:g}" for e in caseload()[0]]
    path.write_text("\n".join(["session,client,therapist,number,date,PHQ-9", *rows]), "utf-8")
    return path


def test_a_caseload_is_one_private_page(run: Program, coded: Path, manifest: Path, tmp_path: Path) -> None:
    done = run("report", coded, "--sessions", manifest, "-o", tmp_path / "out")
    page = tmp_path / "out" / "caseload.html"
    assert (done.code, done.err) == (0, "")
    assert done.out == f"wrote {page}\n"
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert stat.S_IMODE(page.parent.stat().st_mode) == 0o700
    assert "Sessions by client" in page.read_text("utf-8")


@pytest.mark.parametrize("form", ["html", "md", "docx", "json"])
def test_one_client_in_every_form_the_same_twice(
    run: Program, coded: Path, manifest: Path, tmp_path: Path, form: str
) -> None:
    contents = []
    for folder in ("a", "b"):
        arguments = ("--client", "Zoe", "--format", form, "--paper", "us-letter", "-o", tmp_path / folder)
        assert run("report", coded, "--sessions", manifest, *arguments).code == 0
        contents.append((tmp_path / folder / f"Zoe.client.{form}").read_bytes())
    assert contents[0] == contents[1]


def test_a_client_without_a_list_and_by_names(run: Program, coded: Path, tmp_path: Path) -> None:
    files = sorted(coded.glob("Zoe-*.json"))
    assert run("report", *files, "--client", "Z.", "-o", tmp_path / "z.html").code == 0
    assert (
        run("report", coded, "--names", "{client}-{number}", "-o", tmp_path / "all.json", "--format", "json").code == 0
    )
    clients = json.loads((tmp_path / "all.json").read_text("utf-8"))["clients"]
    assert [client["client"] for client in clients] == ["adam", "Mia", "Zoe"]


def test_one_file_is_a_session(run: Program, tmp_path: Path) -> None:
    path = tmp_path / "s7.json"
    path.write_text(to_json(coded_session("T: Hello.\nC: Hello to you. Well.\nT: Yes. Good.\nC: Bye.", "s7")), "utf-8")
    for form in ("md", "docx", "json"):
        assert run("report", path, "--format", form, "-o", tmp_path).code == 0
    assert "| Goal | 5.2 (4.0 to 6.5) |" in (tmp_path / "s7.report.md").read_text("utf-8")
    assert run("report", path, "--paper", "us-letter", "-o", tmp_path).code == 0
    assert "size: letter" in (tmp_path / "s7.report.html").read_text("utf-8")


VIEWS = {
    "session": (("coded/Zoe-1.json", "--view", "session"), "Sitzungsbericht", "Session report"),
    "client": (
        ("coded", "--sessions", "sessions.csv", "--client", "Zoe"),
        "Sitzungen einer Klient:in",
        "Sessions of one",
    ),
    "caseload": (("coded", "--sessions", "sessions.csv"), "Fallübersicht", "Caseload"),
}
"""View -> its arguments, and what it is called in German and in English."""


@pytest.mark.parametrize("form", ["html", "md", "docx"])
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.usefixtures("manifest", "coded")
def test_every_view_speaks_german(
    run: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, view: str, form: str
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments, german, english = VIEWS[view]
    assert run("report", *arguments, "--language", "de", "--format", form, "-o", f"x.{form}").code == 0
    text = readable(tmp_path / f"x.{form}")
    assert german in text
    assert english not in text


def readable(file: Path) -> str:
    if file.suffix != ".docx":
        return file.read_text("utf-8")
    with zipfile.ZipFile(file) as archive:
        return archive.read("word/document.xml").decode()


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.usefixtures("manifest", "coded")
def test_every_view_wears_a_houses_own_dress(
    run: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, view: str
) -> None:
    monkeypatch.chdir(tmp_path)
    house = tmp_path / "house"
    house.mkdir()
    (house / "brand.html").write_text('<p class="house">Riverside, {{ name }}</p>', "utf-8")
    (house / "brand.css").write_text(".house { color: #123456; }", "utf-8")
    (house / "words.de.toml").write_text('[page]\nuse = "Nur unter uns."\n[outcomes]\ncaption = "Maße"\n', "utf-8")
    arguments = ("report", *VIEWS[view][0], "--language", "de", "--template", house, "--paper", "us-letter")
    assert run(*arguments, "-o", "x.html").code == 0
    page = (tmp_path / "x.html").read_text("utf-8")
    assert '<p class="house">Riverside, ' in page
    css = page.partition("<style>")[2].partition("</style>")[0]
    assert "#123456" in css
    assert "size: letter" in css
    # The policy allows the style sheet that is there, and no other.
    assert f"'sha256-{base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()}'" in page
    assert "Nur unter uns." in page
    assert run(*arguments, "--format", "md", "-o", "x.md").code == 0
    assert "Nur unter uns." in (tmp_path / "x.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("file", "text", "code"),
    [
        ("document.html", "<script>1</script>", "TEMPLATE_UNSAFE"),
        ("chart.html", "{% macro picture(c) %}<img src='x'>{% endmacro %}", "TEMPLATE_UNSAFE"),
        ("document.html", "{{ d.__class__.__mro__ }}", "TEMPLATE_FAILS"),
        ("course.css", "p { background: url(http://127.0.0.1:9/) }", "TEMPLATE_UNSAFE"),
        ("course.de.toml", "", "UNKNOWN_TEMPLATE"),
        ("words.de.toml", "[course]\nkickr = 'x'", "UNKNOWN_KEY"),
    ],
)
@pytest.mark.usefixtures("manifest", "coded")
def test_a_dress_that_could_act_is_refused_for_a_client_too(
    run: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, text: str, code: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "house").mkdir()
    (tmp_path / "house" / file).write_text(text, "utf-8")
    done = run("report", *VIEWS["client"][0], "--language", "de", "--template", "house", "-o", "x.html")
    assert (done.code, f"[{code}]" in done.err) == (2, True), done.err
    assert not (tmp_path / "x.html").exists()


def test_blinded_until_rated(run: Program, coded: Path, manifest: Path, tmp_path: Path) -> None:
    out = tmp_path / "blind.json"
    arguments = ("report", coded, "--sessions", manifest, "--blinded", "--format", "json", "-o", out)
    assert run(*arguments).code == 0
    form = tmp_path / "blind.ratings.csv"
    assert stat.S_IMODE(form.stat().st_mode) == 0o600
    assert len(form.read_text("utf-8").splitlines()) == 12
    form.write_text(form.read_text("utf-8").replace("adam-3,,,", "adam-3,2,2,3"), "utf-8")
    assert run(*arguments, "--ratings", form).code == 0
    visits = [v for c in json.loads(out.read_text("utf-8"))["clients"] for v in c["visits"]]
    shown = [v["listed"]["session"] for v in visits if any(v["scores"]) or v["strains"]]
    assert shown == ["adam-3"]
    # A person's ratings are never written over: the next form is a file of its own, and holds them too.
    assert "adam-3,2,2,3" in form.read_text("utf-8")
    second = (tmp_path / "blind.ratings-2.csv").read_text("utf-8")
    assert "adam-3,2,2,3" in second
    assert len(second.splitlines()) == 12


def test_a_file_that_cannot_be_read_is_left_out_and_said(
    run: Program, coded: Path, manifest: Path, tmp_path: Path
) -> None:
    (coded / "other.json").write_text(json.dumps({"text": CANARY}), "utf-8")
    done = run("report", coded, "--sessions", manifest, "-o", tmp_path / "x.html")
    assert done.code == 1
    assert done.err.count("\n") == 1
    assert "other.json" in done.err
    assert CANARY not in done.err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("coded",), "WHOSE"),
        (("coded", "--sessions", "sessions.csv", "--client", "Nobody"), "ONE_CLIENT"),
        (("coded", "--sessions", "sessions.csv", "--names", "{client}-{number}"), "TWO_LISTS"),
        (("coded", "--view", "session"), "ONE_SESSION"),
        (("coded/Zoe-1.json", "--blinded", "--view", "session"), "BLINDED"),
        (("coded", "--sessions", "sessions.csv", "--view", "caseload", "--client", "Zoe"), "ONE_CLIENT"),
        (("coded/Zoe-1.json", "coded/Zoe-1.json", "--client", "Zoe", "--format", "pdf", "-o", "x.html"), "ENDING"),
        (("coded", "--sessions", "sessions.csv", "--language", "xx"), "UNKNOWN_LANGUAGE"),
        (("nowhere.json",), "NOT_FOUND"),
        (("empty",), "NO_SESSIONS"),
        (("coded/Zoe-1.json", "--format", "json", "-o", "coded/Zoe-1.json"), "WOULD_OVERWRITE"),
        (("coded", "--sessions", "coded/Zoe-1.json"), "MALFORMED"),
        (("coded", "--sessions", "sessions.csv", "--ratings", "sessions.csv"), "COLUMNS"),
        (("coded", "--format", "odt"), "USAGE"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("manifest")
def test_what_is_wrong_is_said_in_one_line(
    run: Program, coded: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: str
) -> None:
    monkeypatch.chdir(coded.parent)
    monkeypatch.setattr(reporting, "find_browser", lambda: "/bin/true")
    (coded.parent / "empty").mkdir()
    before = {path: path.read_bytes() for path in coded.parent.rglob("*") if path.is_file()}
    done = run("report", *arguments)
    assert done.code in (1, 2)
    assert f"[{code}]" in done.err
    assert len(done.err.splitlines()) <= 2
    if done.code == 2:
        assert {path: path.read_bytes() for path in coded.parent.rglob("*") if path.is_file()} == before


def test_without_a_browser_pdf_says_how_to_print(
    run: Program, coded: Path, manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting, "find_browser", lambda: None)
    done = run("report", coded, "--sessions", manifest, "--format", "pdf", "-o", tmp_path / "x.pdf")
    assert done.code == 2
    assert "[NO_BROWSER]" in done.err
    assert "print" in done.err
    assert not (tmp_path / "x.pdf").exists()
