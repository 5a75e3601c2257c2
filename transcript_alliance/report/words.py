"""The wording of the report: one TOML file a language, looked up by dotted keys.

A language is `words.LANG.toml` for the session, `course.LANG.toml` for reports over several sessions and
`practice.LANG.toml` for the practice card, the same keys in every language, and where the codes and instruments are
not in it, `names.LANG.toml` with the names they have there.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from transcript_alliance.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of one language. Values are put in by name: `words("turns.link", number=3)`."""

    table: Mapping[str, Any]

    def __call__(self, key: str, **values: object) -> str:
        """The text under the dotted `key` with `values` put in.

        Raises: KeyError when there is no such text or a value of it is missing (our own mistake, never the input's).
        """
        text = self._find(key)
        if not isinstance(text, str):
            raise KeyError(key)
        return text.format(**values)

    def count(self, key: str, n: int, **values: object) -> str:
        """The text for `n` things: `key` names a table with the forms `one` and `other`."""
        return self(f"{key}.{'one' if n == 1 else 'other'}", n=self.whole(n), **values)

    def each(self, key: str) -> tuple[Any, ...]:
        """The list of texts or tables under `key`."""
        return tuple(self._find(key))

    def get(self, key: str) -> str:
        """The text under `key` as it stands; empty when there is none."""
        try:
            found = self._find(key)
        except (KeyError, TypeError):
            # TypeError: a foreign name with a dot in it leads beyond a text.
            return ""
        return found if isinstance(found, str) else ""

    def named(self, key: str, name: str) -> str:
        """The text for `name`, which may hold any character, in the table under `key`; empty when there is none."""
        found = self._find(key).get(name, "")
        return found if isinstance(found, str) else ""

    def number(self, value: float) -> str:
        """A score as people read it: one decimal, the decimal sign of the language."""
        return number(value).replace(".", self("format.decimal"))

    def fine(self, value: float) -> str:
        """A number with two decimals."""
        return f"{value:.2f}".replace(".", self("format.decimal"))

    def agreement(self, value: float) -> str:
        """A coefficient that cannot pass 1, two decimals as the language writes them."""
        text = agreement(value) if self("format.decimal") == "." else f"{value:.2f}"
        return text.replace(".", self("format.decimal"))

    def percent(self, share: float) -> str:
        """A share of 0..1 as whole percent."""
        return self("format.percent", n=f"{100 * share:.0f}")

    def whole(self, n: int) -> str:
        """A count with the language's sign between thousands."""
        return f"{n:,}".replace(",", self("format.thousands"))

    def listed(self, items: tuple[str, ...]) -> str:
        """The items with commas, and the last behind `and`."""
        if len(items) < 2:
            return "".join(items)
        return self("list.comma").join(items[:-1]) + self("list.last") + items[-1]

    def reason(self, english: str) -> str:
        """A sentence that another stage wrote, in this language where it knows the sentence; else as it stands.

        `names.LANG.toml` holds `[[reason]]` tables with a pattern and its text; the pattern's groups are put in.
        """
        left, found = english, []
        while left:
            for known in self.table.get("reason", ()):
                match = re.match(known["pattern"], left)
                if match and match.end():
                    found.append(known["text"].format(**match.groupdict()))
                    left = left[match.end() :].lstrip()
                    break
            else:
                return english
        return " ".join(found) or english

    def _find(self, key: str) -> Any:
        found: Any = self.table
        for part in key.split("."):
            found = found[part]
        return found


FILES = ("words", "names", "practice", "course")
"""Files of a language; the keys of a later one are laid over those of an earlier one."""


def languages() -> tuple[str, ...]:
    """Codes of the languages that the report is written in."""
    folder = files("transcript_alliance.report") / "templates"
    return tuple(sorted(f.name.split(".")[1] for f in folder.iterdir() if f.name.startswith("words.")))


@cache
def load_words(language: str = "en") -> Words:
    """The wording of all reports in `language`, a code such as `en`, with its names and its practice prompts.

    Raises: SettingsError `UNKNOWN_LANGUAGE` when the report has not been written in it.
    """
    folder = files("transcript_alliance.report") / "templates"
    known = languages()
    if language not in known:
        raise SettingsError(
            "UNKNOWN_LANGUAGE", f"no report wording for {language!r}", hint=f"choose one of: {', '.join(known)}"
        )
    table: dict[str, Any] = {}
    for name in FILES:
        file = folder / f"{name}.{language}.toml"
        # English has no names file: codebooks and instruments are written in English.
        if file.is_file():
            table = merged(table, tomllib.loads(file.read_text("utf-8")))
    return Words(table)


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """`below` with what `above` says put over it, table by table.

    >>> merged({"a": {"b": 1, "c": 2}}, {"a": {"c": 3}})
    {'a': {'b': 1, 'c': 3}}
    """
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        both = isinstance(old, Mapping) and isinstance(value, Mapping)
        result[key] = merged(old, value) if both and isinstance(old, Mapping) else value
    return result


def number(value: float) -> str:
    """A score as people read it: one decimal.

    >>> number(5.25), number(4)
    ('5.2', '4.0')
    """
    return f"{value:.1f}"


def agreement(value: float) -> str:
    """A coefficient that cannot pass 1, two decimals without the leading zero.

    >>> agreement(0.744), agreement(-0.05), agreement(1.0)
    ('.74', '-.05', '1.00')
    """
    text = f"{value:.2f}"
    return text.replace("0.", ".", 1) if abs(value) < 0.995 else text


def percent(share: float) -> str:
    """A share of 0..1 as whole percent.

    >>> percent(0.456)
    '46%'
    """
    return f"{100 * share:.0f}%"


def clock(seconds: float) -> str:
    """Seconds from the start as `m:ss`, with hours when there are any.

    >>> clock(75.9), clock(3723)
    ('1:15', '1:02:03')
    """
    minutes, left = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def shorten(text: str, limit: int) -> str:
    """The beginning of `text`, at most `limit` code points, cut at a blank and closed by an ellipsis.

    >>> shorten("It was fine, I think.", 12)
    'It was …'
    """
    if len(text) <= limit:
        return text
    head = text[: limit - 2]
    cut = head.rfind(" ")
    return f"{head[:cut] if cut > 0 else head} …"


def visible(text: str) -> str:
    """`text` with control, bidirectional and other unprintable characters shown as codes.

    For names (session, speaker, code, keyword), which must not change how what stands beside them reads.

    >>> visible("gn\\u202ep")
    'gn\\\\u202ep'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode("ascii") for c in text)
