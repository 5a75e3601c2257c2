"""A house's own templates, style and wording, laid over the report's from one folder.

The folder may hold any of the report's template files, `report.css` and `course.css` (in place of ours) or `brand.css`
(after ours), and `words.LANG.toml` with the keys to say otherwise. Whatever it holds, words of a session stay text:
templates run in a sandbox, escaping cannot be turned off, wording can name only the values it is given, and
a page that would run a script or load something is refused before it is written.
"""

import string
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    DictLoader,
    Environment,
    PackageLoader,
    StrictUndefined,
    TemplateSyntaxError,
    nodes,
)
from jinja2.exceptions import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from transcript_alliance.errors import SettingsError, did_you_mean, show_name
from transcript_alliance.report.words import Words, load_words, merged, visible

MAX_BYTES = 1_000_000
"""Of one file in the folder; our choice: far beyond any template, far below what stops a machine."""
OWN_CSS = "brand.css"
UNSAFE_FILTERS = ("safe", "urlize", "tojson", "xmlattr")
"""Filters that make markup out of text."""
PLAIN_TAGS = frozenset({"script", "iframe", "object", "embed", "img", "link", "base", "form", "foreignobject"})
"""Elements that a report never has."""

_UNPRINTABLE = {
    code: "\ufffd"
    for code in (*range(0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF)
    if chr(code) not in "\t\n"
}
"""Code points that HTML or UTF-8 cannot hold, or that would act in a terminal."""


@dataclass(frozen=True, slots=True)
class Branding:
    """How a report looks and reads: templates, style sheet, wording."""

    environment: Environment
    css: str
    """Of a session's report."""
    course_css: str
    """Of reports over several sessions."""
    words: Words
    own: bool
    """True when a folder changed something, so that the finished page is checked."""


def printable(value: object) -> object:
    """`value` with the characters that HTML or UTF-8 cannot hold shown as the replacement character.

    >>> printable("a\\x00b\\ud800")
    'a\ufffdb\ufffd'
    """
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return value.translate(_UNPRINTABLE)


def build_environment(own: Mapping[str, str] | None = None) -> Environment:
    """The templates, every value escaped; with those of `own` (name to source) in place of ours, sandboxed."""
    ours = PackageLoader("transcript_alliance.report")
    loaders: list[BaseLoader] = [ours] if own is None else [DictLoader(own), ours]
    # Ours need no sandbox, which makes every look-up of a value slower.
    made = Environment if own is None else ImmutableSandboxedEnvironment
    env = made(
        loader=ChoiceLoader(loaders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=printable,
    )
    for name in UNSAFE_FILTERS:
        del env.filters[name]
    env.filters["visible"] = visible
    return env


def load_branding(language: str, folder: Path | None = None) -> Branding:
    """The report's look in `language`, with what `folder` says otherwise.

    Raises: SettingsError for a folder that is none, a file name the report does not know, a template that is
    broken or turns escaping off, wording with an unknown key or value, or a style that loads something.
    """
    words = load_words(language)
    if folder is None:
        css = _ours("report.css")
        return Branding(build_environment(), css, f"{css}\n{_ours('course.css')}", words, own=False)
    own = _own_files(folder)
    styles = {name: own.pop(name) for name in ("report.css", "course.css", OWN_CSS) if name in own}
    _check_css("\n".join(styles.values()), folder)
    css, last = styles.get("report.css", _ours("report.css")), styles.get(OWN_CSS, "")
    course_css = "\n".join((css, styles.get("course.css", _ours("course.css")), last))
    css += last
    for name in [name for name in own if name.endswith(".toml")]:
        text = own.pop(name)
        if name == f"words.{language}.toml":
            words = _with_wording(words, text, name)
    environment = build_environment(own)
    for name, source in own.items():
        _check_template(environment, name, source)
    return Branding(environment, css, course_css, words, own=True)


def render(branding: Branding, name: str, values: Mapping[str, object]) -> str:
    """Template `name` with `values`; with a house's own templates the finished page is checked.

    Raises: SettingsError `TEMPLATE_FAILS` or `TEMPLATE_UNSAFE`, for a house's own templates alone.
    """
    if not branding.own:
        return branding.environment.get_template(name).render(values)
    try:
        page = branding.environment.get_template(name).render(values)
    except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        # What the error says may quote the session.
        raise SettingsError("TEMPLATE_FAILS", f"the templates cannot be filled ({type(error).__name__}).") from None
    fault = next(_faults(page), None)
    if fault:
        raise SettingsError("TEMPLATE_UNSAFE", f"the page made from the templates {fault}.", hint="take that out")
    return page


def _ours(name: str) -> str:
    return (files("transcript_alliance.report") / "templates" / name).read_text("utf-8")


def _own_files(folder: Path) -> dict[str, str]:
    where = show_name(folder)
    if not folder.is_dir():
        raise SettingsError("NO_TEMPLATES", "is not a folder of templates.", where=where)
    ours = [f.name for f in (files("transcript_alliance.report") / "templates").iterdir()]
    known = {name for name in ours if name.endswith((".html", ".css")) or name.startswith("words.")} | {OWN_CSS}
    found = {}
    for file in sorted(folder.iterdir()):
        if file.name.startswith("."):
            continue
        if file.name not in known:
            otherwise = "docs/own-templates.md names the files that can be replaced"
            hint = did_you_mean(file.name, sorted(known)) or otherwise
            raise SettingsError("UNKNOWN_TEMPLATE", "the report has no such file.", where=show_name(file), hint=hint)
        found[file.name] = _text(file)
    return found


def _text(file: Path) -> str:
    try:
        with file.open("rb") as source:
            data = source.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise SettingsError("TEMPLATE_SIZE", f"is larger than {MAX_BYTES:,} bytes.", where=show_name(file))
        return data.decode("utf-8-sig")
    except OSError as error:
        raise SettingsError("NO_TEMPLATE", f"cannot be read ({error.strerror}).", where=show_name(file)) from None
    except UnicodeDecodeError:
        raise SettingsError("TEMPLATE_ENCODING", "is not UTF-8 text.", where=show_name(file)) from None


def _check_template(environment: Environment, name: str, source: str) -> None:
    try:
        tree = environment.parse(source)
        environment.compile(source)
    except TemplateSyntaxError as error:
        raise SettingsError(
            "BROKEN_TEMPLATE", "is not a valid template.", where=f"{name} line {error.lineno}"
        ) from None
    except TemplateError:
        raise SettingsError("BROKEN_TEMPLATE", "is not a valid template.", where=name) from None
    # `{% autoescape false %}` becomes one of this kind.
    if tree.find(nodes.EvalContextModifier):
        raise SettingsError("TEMPLATE_UNSAFE", "turns escaping off or on.", where=name, hint="take `autoescape` out")


def _check_css(css: str, folder: Path) -> None:
    lowered = css.lower()
    for forbidden in ("</", "@import", "url(", "expression("):
        if forbidden in lowered:
            raise SettingsError(
                "TEMPLATE_UNSAFE",
                f"the style holds {forbidden!r}.",
                where=show_name(folder),
                hint="a report loads nothing: no pictures or fonts by address",
            )


def _with_wording(words: Words, text: str, name: str) -> Words:
    try:
        above = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        raise SettingsError("BROKEN_TOML", "not valid TOML.", where=name) from None
    _check_wording(words.table, above, "", name)
    return Words(merged(words.table, above))


def _check_wording(below: Mapping[str, Any], above: Mapping[str, Any], prefix: str, name: str) -> None:
    for key, value in above.items():
        full = f"{prefix}{key}"
        if key not in below:
            hint = did_you_mean(full, (f"{prefix}{known}" for known in below))
            raise SettingsError("UNKNOWN_KEY", f"unknown key {visible(full)}.", where=name, hint=hint)
        old = below[key]
        if type(old) is not type(value):
            raise SettingsError("WRONG_VALUE", f"{visible(full)} is of another kind than the report's own.", where=name)
        if isinstance(value, dict):
            _check_wording(old, value, f"{full}.", name)
        elif isinstance(value, str) and not fields(value) <= fields(old):
            allowed = ", ".join(sorted(fields(old) - {""})) or "none"
            raise SettingsError(
                "WRONG_VALUE", f"{visible(full)} names a value it is not given.", where=name, hint=f"values: {allowed}"
            )


def fields(text: str) -> frozenset[str]:
    """The values that a text asks for; what is no plain `{name}` counts as a value that nobody has.

    >>> sorted(fields("{n} of {of}")), sorted(fields("{n.real}")), sorted(fields("{"))
    (['n', 'of'], ['?'], ['?'])
    """
    try:
        parts = [(field, spec, how) for _, field, spec, how in string.Formatter().parse(text) if field is not None]
    except ValueError:
        return frozenset({"?"})
    return frozenset(f if f.isidentifier() and not spec and not how else "?" for f, spec, how in parts)


class _Reader(HTMLParser):
    """Collects what a report must not hold."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.policies = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "meta" and given.get("http-equiv", "").lower() == "content-security-policy":
            self.policies += given.get("content", "").startswith("default-src 'none'; style-src 'sha256-")
        elif tag in PLAIN_TAGS or (tag == "meta" and "http-equiv" in given):
            self.faults.append(f"holds a {tag} element")
        for name, value in given.items():
            if name.startswith("on") or name in ("src", "srcset", "style", "action", "ping"):
                self.faults.append(f"holds the attribute {name}")
            elif name.endswith("href") and not value.startswith("#"):
                self.faults.append("leads to another address")


def _faults(page: str) -> Iterator[str]:
    reader = _Reader()
    reader.feed(page)
    reader.close()
    yield from reader.faults
    if reader.policies != 1:
        yield "lacks the policy of page.html that forbids scripts"
