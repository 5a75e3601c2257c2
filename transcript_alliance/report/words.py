"""The wording of the report: one TOML file a language, looked up by dotted keys."""

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
        return self(f"{key}.{'one' if n == 1 else 'other'}", n=f"{n:,}", **values)

    def each(self, key: str) -> tuple[str, ...]:
        """The list of texts under `key`."""
        return tuple(self._find(key))

    def get(self, key: str) -> str:
        """The text under `key` as it stands; empty when there is none."""
        try:
            found = self._find(key)
        except KeyError:
            return ""
        return found if isinstance(found, str) else ""

    def _find(self, key: str) -> Any:
        found: Any = self.table
        for part in key.split("."):
            found = found[part]
        return found


@cache
def load_words(language: str = "en") -> Words:
    """The wording for `language`, a code such as `en`.

    Raises: SettingsError `UNKNOWN_LANGUAGE` when the report has not been written in it.
    """
    folder = files("transcript_alliance.report") / "templates"
    known = sorted(f.name.split(".")[1] for f in folder.iterdir() if f.name.startswith("words."))
    if language not in known:
        raise SettingsError(
            "UNKNOWN_LANGUAGE", f"no report wording for {language!r}", hint=f"choose one of: {', '.join(known)}"
        )
    return Words(tomllib.loads((folder / f"words.{language}.toml").read_text("utf-8")))


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
