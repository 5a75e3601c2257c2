"""From TOML files to instruments.

Keys of a file are the fields of `Instrument`, with `[[subscale]]`, `[[cut]]`, `[[reliable_change]]` and
`[paraphrase]` (item number = text) as tables. Left out: `items_known` is true, `start` none,
`reversed_items` empty; a subscale takes the instrument's direction.
"""

import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from transcript_alliance.errors import InstrumentError, show_name
from transcript_alliance.instruments.instrument import (
    Cut,
    Direction,
    Instrument,
    Instruments,
    Rater,
    ReliableChange,
    Scoring,
    Subscale,
    unknown_name,
)
from transcript_alliance.instruments.schema import (
    CHANGE_KEYS,
    CUT_KEYS,
    KEYS,
    RULES,
    SUBSCALE_KEYS,
    check_keys,
    is_text,
)

Choice = TypeVar("Choice", Rater, Direction, Scoring)

_MAX_BYTES = 1_000_000
"""Far above any instrument; keeps a wrong file (a recording, a device) from being read whole."""


def load_instruments(extra: tuple[Path, ...] = ()) -> Instruments:
    """The instruments that came with the program, by id, then those of `extra` in the order given.

    An extra file whose id is one of the program's takes its place; so a user supplies the item key of an
    instrument that comes without one. Raises InstrumentError, naming file and key, for a file that cannot
    be read, an unknown or missing key, a wrong value, and for two extra files of one id.
    """
    built_in = (read_instrument(path) for path in Path(__file__).parent.glob("*.toml"))
    found = {i.id: i for i in sorted(built_in, key=lambda i: i.id)}
    seen: set[str] = set()
    for path in extra:
        instrument = read_instrument(path)
        if instrument.id in seen:
            raise InstrumentError("TWICE", f"id: {instrument.id} is given by another file too", where=show_name(path))
        seen.add(instrument.id)
        found[instrument.id] = instrument
    return Instruments(tuple(found.values()))


def read_instrument(path: Path) -> Instrument:
    """The instrument of one TOML file. Raises InstrumentError, naming file and key, when it does not fit."""
    where = show_name(path)
    data = _parsed(path, where)
    check_keys(data, KEYS, where, "")
    subscales = tuple(_subscale(row, data, where) for row in data.get("subscale", []))
    instrument = Instrument(
        id=data["id"],
        name=data["name"],
        version=data["version"],
        raters=tuple(_choice(Rater, rater, "raters", where) for rater in data["raters"]),
        n_items=data["n_items"],
        items_known=data.get("items_known", True),
        low=float(data["low"]),
        high=float(data["high"]),
        step=float(data["step"]),
        start=float(data["start"]) if "start" in data else None,
        direction=_choice(Direction, data["direction"], "direction", where),
        subscales=subscales,
        reversed_items=tuple(sorted(data.get("reversed_items", ()))),
        scoring=_choice(Scoring, data["scoring"], "scoring", where),
        total=data["total"],
        min_answered=float(data["min_answered"]),
        paraphrases=_paraphrases(data.get("paraphrase", {}), where),
        cuts=tuple(_cut(row, where) for row in data.get("cut", [])),
        reliable_changes=tuple(_reliable_change(row, where) for row in data.get("reliable_change", [])),
        licence=data["licence"],
        source=data["source"],
    )
    for key, fits, expected in RULES:
        if not fits(instrument):
            raise InstrumentError("WRONG_VALUE", f"{key}: expected {expected}", where=where)
    return instrument


def _parsed(path: Path, where: str) -> dict[str, Any]:
    try:
        # Checked before opening: reading a pipe or a device could go on for ever.
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise InstrumentError("NOT_A_FILE", "this is not an ordinary file", where=where)
        if status.st_size > _MAX_BYTES:
            raise InstrumentError("TOO_LARGE", "this is too large for an instrument", where=where)
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InstrumentError("NO_INSTRUMENT", f"cannot be read ({error.strerror})", where=where) from None
    except UnicodeDecodeError:
        raise InstrumentError("INSTRUMENT_ENCODING", "is not UTF-8 text", where=where) from None
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        # The library ends its message with "(at line 3, column 7)"; the rest may quote the file.
        place = str(error).rpartition("(at ")[2].rstrip(")") if "(at " in str(error) else "the file"
        raise InstrumentError("BROKEN_TOML", f"{place}: not valid TOML", where=where) from None


def _subscale(row: Any, instrument: Mapping[str, Any], where: str) -> Subscale:
    check_keys(row, SUBSCALE_KEYS, where, "subscale.")
    items = tuple(sorted(row.get("items", ())))
    return Subscale(
        id=row["id"],
        label=row["label"],
        items=items,
        n_items=len(items) if items else row.get("n_items"),
        direction=_choice(Direction, row.get("direction", instrument["direction"]), "subscale.direction", where),
        text_codable=row.get("text_codable", True),
    )


def _cut(row: Any, where: str) -> Cut:
    check_keys(row, CUT_KEYS, where, "cut.")
    return Cut(row["scale"], float(row["at"]), row["label"], row["source"])


def _reliable_change(row: Any, where: str) -> ReliableChange:
    check_keys(row, CHANGE_KEYS, where, "reliable_change.")
    return ReliableChange(row["scale"], float(row["points"]), row["source"])


def _paraphrases(table: Mapping[str, Any], where: str) -> tuple[tuple[int, str], ...]:
    for number, text in table.items():
        if not (number.isdecimal() and len(number) <= 4 and is_text(text)):
            raise InstrumentError(
                "WRONG_VALUE", f"paraphrase.{ascii(number[:40])[1:-1]}: expected item number = text", where=where
            )
    return tuple(sorted((int(number), text) for number, text in table.items()))


def _choice(kind: type[Choice], value: str, key: str, where: str) -> Choice:
    known = [str(member) for member in kind]
    if value not in known:
        raise unknown_name("WRONG_VALUE", f"{key}: there is no", value, known, where)
    return kind(value)
