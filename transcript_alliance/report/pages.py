"""Reports over several sessions as one page each, under the same policy as the session report.

Every value is escaped by the templates, the page may load and run nothing, and the sheet of paper is the one thing
of its style that is chosen by the reader.
"""

import base64
import hashlib
import re
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from transcript_alliance.errors import SettingsError
from transcript_alliance.report.branding import printable
from transcript_alliance.report.document import Block, Document
from transcript_alliance.report.html import PAGE_POLICY
from transcript_alliance.report.words import Words, load_words, merged

_SIZE_RULE = re.compile(r"\n@page \{ size: \w+; \}\n\Z")


class Paper(StrEnum):
    """The sheet that a report is printed on."""

    A4 = "a4"
    US_LETTER = "us-letter"


_SIZES: Mapping[Paper, str] = {Paper.A4: "A4", Paper.US_LETTER: "letter"}
"""Sheet -> its name in a style sheet."""


@cache
def load_course_words(language: str = "en") -> Words:
    """The wording of reports over several sessions, with what it shares with the session report.

    Raises: SettingsError `UNKNOWN_LANGUAGE` when these reports have not been written in it.
    """
    folder = files("transcript_alliance.report") / "templates"
    known = sorted(f.name.split(".")[1] for f in folder.iterdir() if f.name.startswith("course.") and "toml" in f.name)
    if language not in known:
        raise SettingsError(
            "UNKNOWN_LANGUAGE",
            f"reports over several sessions are not written in {language!r}.",
            hint=f"choose one of: {', '.join(known)}",
        )
    own = tomllib.loads((folder / f"course.{language}.toml").read_text("utf-8"))
    return Words(merged(load_words(language).table, own))


def render_document(document: Document, words: Words, paper: Paper = Paper.A4) -> str:
    """The report as one HTML page, to be written as UTF-8; the same input gives the same page to the byte."""
    folder = files("transcript_alliance.report") / "templates"
    css = "\n".join((folder / name).read_text("utf-8") for name in ("report.css", "course.css"))
    css = _sized(css, paper)
    policy = PAGE_POLICY.format(hash=_hash(css))
    return (
        _environment()
        .get_template("document.html")
        .render(d=document, w=words, css=Markup(css), policy=Markup(policy), kind_of=_kind)
    )


def on_paper(page: str, paper: Paper) -> str:
    """A finished session report for another sheet: its style sheet says so, and its policy allows that style sheet.

    Only the style sheet between the page's own first `<style>` and its end is touched: text of a session is escaped
    and cannot hold such a tag.
    """
    before, opening, rest = page.partition("<style>")
    css, closing, after = rest.partition("</style>")
    sized = _sized(css, paper)
    return before.replace(_hash(css), _hash(sized)) + opening + sized + closing + after


def _sized(css: str, paper: Paper) -> str:
    """The style sheet with one rule for the sheet at its end, in place of an earlier such rule."""
    return f"{_SIZE_RULE.sub('', css)}\n@page {{ size: {_SIZES[paper]}; }}\n"


def _hash(css: str) -> str:
    return base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()


def _kind(block: Block) -> str:
    return type(block).__name__


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("transcript_alliance.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=printable,
    )
