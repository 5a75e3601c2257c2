"""Tables of a codebook file, read key by key, so that every fault is one line with its file and key."""

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from transcript_alliance.coding.phrases import Phrase, parse_phrase
from transcript_alliance.errors import CodebookError, did_you_mean, show_name

_T = TypeVar("_T")
_KIND_WORDS = {str: "text in quotes", bool: "true or false", int: "a whole number", list: "a list", dict: "a table"}


def read_toml(path: Path) -> tuple[bytes, dict[str, Any]]:
    """The bytes of a codebook file and its tables.

    Raises CodebookError when it cannot be read, is not UTF-8 or not TOML.
    """
    where = show_name(path)
    try:
        content = path.read_bytes()
        return content, tomllib.loads(content.decode("utf-8-sig"))
    except OSError as error:
        raise CodebookError("NO_CODEBOOK", f"cannot be read ({error.strerror}).", where=where) from None
    except UnicodeDecodeError:
        raise CodebookError("CODEBOOK_ENCODING", "is not UTF-8 text.", where=where) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        # The library ends its message with "(at line 3, column 7)"; the rest may quote the file.
        line = re.search(r"\(at (line \d+)", str(error))
        place = f"{where} {line[1]}" if line else where
        raise CodebookError("BROKEN_TOML", "not valid TOML.", where=place, hint="text needs quotes") from None


class Table:
    """One TOML table with the place it stands at. Keys are taken; `done` refuses what nobody took."""

    def __init__(self, values: Mapping[str, Any], where: str, path: str = "") -> None:
        self._values = dict(values)
        self._where = where
        self._path = path
        self._known: list[str] = []

    def at(self, path: str) -> None:
        """Says which block this is from now on, such as `code EMP`."""
        self._path = path

    def fault(self, code: str, what: str, hint: str = "") -> CodebookError:
        """The error to raise for this table, with file and block."""
        return CodebookError(code, f"{self._path}: {what}" if self._path else what, where=self._where, hint=hint)

    def take(self, key: str, kind: type[_T], default: _T | None = None) -> _T:
        """The value of `key`, or `default`; without a default the key must be there."""
        self._known.append(key)
        if key not in self._values:
            if default is None:
                raise self.fault("MISSING_KEY", f"needs {key}.", self._meant_as(key))
            return default
        value = self._values.pop(key)
        if type(value) is not kind:
            raise self.fault("WRONG_VALUE", f"{key}: expected {_KIND_WORDS[kind]}.")
        return value

    def _meant_as(self, key: str) -> str:
        close = difflib.get_close_matches(key, self._values, 1)
        return f"is {shown(close[0])} meant as {key}?" if close else ""

    def has(self, key: str) -> bool:
        """Whether `key` is given."""
        self._known.append(key)
        return key in self._values

    def text(self, key: str, default: str | None = None) -> str:
        """A text with its line breaks folded to blanks; not empty unless that is the default."""
        value = " ".join(self.take(key, str, default).split())
        if not value and default is None:
            raise self.fault("WRONG_VALUE", f"{key}: expected text, got none.")
        return value

    def texts(self, key: str, default: list[str] | None = None) -> tuple[str, ...]:
        """A list of texts."""
        values = self.take(key, list, default)
        if not all(type(value) is str and value.strip() for value in values):
            raise self.fault("WRONG_VALUE", f"{key}: expected a list of texts in quotes.")
        return tuple(values)

    def phrases(self, key: str) -> tuple[Phrase, ...]:
        """A list of phrases, parsed; empty when the key is missing."""
        return tuple(self._phrase(key, text) for text in self.texts(key, []))

    def _phrase(self, key: str, text: str) -> Phrase:
        try:
            return parse_phrase(text)
        except ValueError as error:
            raise self.fault("WRONG_PHRASE", f"{key}: '{shown(text)}': {error}.") from None

    def pairs(self, key: str, first: str, second: str) -> tuple[tuple[str, str], ...]:
        """A list of texts or of tables with one or two texts; a missing second text is empty."""
        found = []
        for number, value in enumerate(self.take(key, list, []), 1):
            table = Table(
                value if type(value) is dict else {first: value}, self._where, f"{self._path}, {key} {number}"
            )
            found.append((table.text(first), table.text(second, "")))
            table.done()
        return tuple(found)

    def number(self, key: str) -> int:
        """A whole number of 0 or more; 0 when missing."""
        value = self.take(key, int, 0)
        if value < 0:
            raise self.fault("WRONG_VALUE", f"{key}: got {value}, expected 0 or more.")
        return value

    def choice(self, key: str, values: Mapping[str, _T]) -> _T:
        """The value of `values` that the text under `key` names."""
        name = self.text(key)
        if name not in values:
            raise self.fault("WRONG_VALUE", f"{key}: got {shown(name)}, expected {' or '.join(values)}.")
        return values[name]

    def tables(self, key: str) -> tuple["Table", ...]:
        """The tables of `[[key]]`, in order; none when missing."""
        values = self.take(key, list, [])
        if not all(type(value) is dict for value in values):
            raise self.fault("WRONG_VALUE", f"{key}: expected tables.")
        name = f"{self._path}, {key}" if self._path else key
        return tuple(Table(value, self._where, f"{name} {number}") for number, value in enumerate(values, 1))

    def table(self, key: str) -> "Table | None":
        """The table `[key]`, or None."""
        values = self.take(key, dict, {})
        return Table(values, self._where, f"{self._path}, {key}" if self._path else key) if values else None

    def each(self, read: Callable[["Table", str], _T]) -> dict[str, _T]:
        """Every key of a table whose keys are free, with what `read` makes of it."""
        return {key: read(self, key) for key in list(self._values)}

    def done(self) -> None:
        """Raises CodebookError for the first key that nobody took, with the nearest one that is known."""
        for key in self._values:
            raise self.fault("UNKNOWN_KEY", f"unknown key {shown(key)}.", did_you_mean(key, self._known))


def shown(text: str) -> str:
    """A text of the file, cut and safe to stand in a message of one line."""
    cut = text if len(text) <= 60 else f"{text[:57]}..."
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in cut)
