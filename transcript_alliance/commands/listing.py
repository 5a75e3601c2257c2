"""The commands `list` and `show`: what the program knows, for people and for other programs."""

import json as json_library
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from transcript_alliance.errors import SettingsError, did_you_mean

if TYPE_CHECKING:
    from transcript_alliance.coding.codebook import Code

    Rows = list[dict[str, str]]


class Topic(StrEnum):
    """What can be listed."""

    FORMATS = "formats"
    CODES = "codes"
    INSTRUMENTS = "instruments"
    MODELS = "models"


_Json = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]


def list_table(
    topic: Annotated[Topic, typer.Argument(metavar="TOPIC", help="formats, codes, instruments or models.")],
    json: _Json = False,
) -> None:
    """List formats, codes, instruments or models.

    Codes marked (*) cannot be told from words alone; no program should claim to.

    \b
    Examples:
    transcript-alliance list formats
    transcript-alliance list codes --json
    """
    rows = _LISTS[topic]()
    print(json_library.dumps(rows, ensure_ascii=False, indent=1) if json else _aligned(rows))


def show(
    code: Annotated[str, typer.Argument(metavar="CODE", help="Id of a code; `list codes` names them.")],
    json: _Json = False,
) -> None:
    """Show one code with its examples.

    What counts, where it stops counting, and the sentences that it is tested by.

    \b
    Example:
    transcript-alliance show W2
    """
    from transcript_alliance.coding.codebook import load_codebooks

    known = load_codebooks().by_id
    # People write w2; ids are few, and none differs from another by case alone.
    found = {name.casefold(): entry for name, entry in known.items()}.get(code.casefold())
    if found is None:
        raise _unknown(code, known)
    print(json_library.dumps(_code_values(found), ensure_ascii=False, indent=1) if json else _code_text(found))


def _formats() -> "Rows":
    from transcript_alliance.readers import READERS

    return [{"id": r.id, "endings": " ".join(r.suffixes), "format": r.label} for r in READERS]


def _codes() -> "Rows":
    from transcript_alliance.coding.codebook import load_codebooks

    return [
        {"id": c.id, "codebook": c.codebook, "who": str(c.role), "code": c.label + ("" if c.text_codable else " (*)")}
        for c in load_codebooks().codes
    ]


def _instruments() -> "Rows":
    from transcript_alliance.instruments import load_instruments

    return [
        {
            "id": i.id,
            "rated by": ", ".join(i.raters),
            "items": f"{i.n_items}, {i.low:g}-{i.high:g}",
            "instrument": i.name,
            "scales": ", ".join(i.scales),
        }
        for i in load_instruments()
    ]


def _models() -> "Rows":
    from transcript_alliance.settings import models_folder

    return [{"model": card.parent.name} for card in sorted(models_folder().glob("*/model.json"))]


_LISTS: Mapping[Topic, Callable[[], "Rows"]] = {
    Topic.FORMATS: _formats,
    Topic.CODES: _codes,
    Topic.INSTRUMENTS: _instruments,
    Topic.MODELS: _models,
}


def _aligned(rows: "Rows") -> str:
    """The rows under their headings, columns lined up; the last one is free to run on."""
    if not rows:
        return "none"
    table = [list(rows[0]), *(list(row.values()) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in table)


def _code_values(code: "Code") -> dict[str, object]:
    return {
        "id": code.id,
        "label": code.label,
        "definition": code.definition,
        "codebook": code.codebook,
        "role": str(code.role),
        "source": code.source,
        "text_codable": code.text_codable,
        "why_not": code.why_not,
        "parent": code.parent,
        "yes": [{"text": e.text, "after": e.after} for e in code.yes],
        "no": [{"text": e.text, "after": e.after} for e in code.no],
    }


def _code_text(code: "Code") -> str:
    parent = f", part of {code.parent}" if code.parent else ""
    lines = [f"{code.id}  {code.label}", f"a code for the {code.role}'s turns{parent}", "", code.definition]
    if not code.text_codable:
        lines += ["", f"Not coded from words: {code.why_not}"]
    for heading, examples in (("Counts:", code.yes), ("Does not count:", code.no)):
        if examples:
            lines += ["", heading, *(f"  {f'(after: {e.after}) ' if e.after else ''}{e.text}" for e in examples)]
    return "\n".join([*lines, "", f"Source: {code.source}"])


def _unknown(code: str, known: Mapping[str, object]) -> SettingsError:
    hint = did_you_mean(code, known) or "`transcript-alliance list codes` names them"
    return SettingsError("UNKNOWN_CODE", f"there is no code {code!r}.", hint=hint)
