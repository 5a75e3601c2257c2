"""Reports over several sessions as one page each, under the same policy as the session report.

Every value is escaped by the templates, the page may load and run nothing, and the sheet of paper is the one thing
of its style that is chosen by the reader.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from enum import StrEnum

from markupsafe import Markup

from transcript_alliance.report.branding import Branding, render
from transcript_alliance.report.document import Block, Document
from transcript_alliance.report.html import PAGE_POLICY, branding_of
from transcript_alliance.report.words import Words

_SIZE_RULE = re.compile(r"\n@page \{ size: \w+; \}\n\Z")


class Paper(StrEnum):
    """The sheet that a report is printed on."""

    A4 = "a4"
    US_LETTER = "us-letter"


_SIZES: Mapping[Paper, str] = {Paper.A4: "A4", Paper.US_LETTER: "letter"}
"""Sheet -> its name in a style sheet."""


def render_document(document: Document, words: Words, paper: Paper = Paper.A4, look: Branding | None = None) -> str:
    """The report as one HTML page, to be written as UTF-8; the same input gives the same page to the byte.

    `look` is a house's own (see `branding`); None for ours. Raises: SettingsError for a look whose templates cannot be
    filled or would make an unsafe page.
    """
    look = look or branding_of()
    css = _sized(look.course_css, paper)
    policy = PAGE_POLICY.format(hash=_hash(css))
    values = {"d": document, "w": words, "css": Markup(css), "policy": Markup(policy), "kind_of": _kind}
    # A house's own heading is the same file for all reports, and there the title goes by this name.
    return render(look, "document.html", values | {"name": document.title})


def on_paper(page: str, paper: Paper) -> str:
    """A finished session report for another sheet: its style sheet says so, and its policy allows that style sheet.

    Only the style sheet between the page's own first `<style>` and its end is touched: text of a session is escaped
    and cannot hold such a tag.
    """
    before, opening, rest = page.partition("<style>")
    if not opening:
        # A house's own page may have no style sheet at all.
        return page
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
