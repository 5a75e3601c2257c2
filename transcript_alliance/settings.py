"""Every knob of the program, with its unit and where its default comes from.

A settings file is TOML with the tables below. What it leaves out keeps its default; what it names
wrongly is refused with the nearest right name, because a knob that is silently ignored changes results.
"""

import hashlib
import json
import re
import textwrap
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from transcript_alliance.errors import SettingsError, did_you_mean, show_name

DEFAULT_BUNDLE = "alliance-minilm-0.8"
"""The bundle that comes with the program, by its folder in `models_folder`."""


class Table(BaseModel):
    """A table of the settings file: frozen, and nothing but the named keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class ReadSettings(Table):
    """How a transcript file is read."""

    format: str | None = Field(
        None,
        description="Reader id, such as vtt or csv. Left out: told from the name and the content. Source: our choice.",
    )
    encoding: str | None = Field(
        None,
        description="Text encoding, such as cp1252. Left out: UTF-8, then UTF-16 with its mark, then Windows-1252, "
        "and the choice is reported. Source: our choice.",
    )
    speaker_column: str | None = Field(
        None,
        description="Column of a table that names the speaker. Left out: found by its heading. Source: our choice.",
    )
    text_column: str | None = Field(
        None,
        description="Column of a table that holds the words. Left out: found by its heading. Source: our choice.",
    )


class RoleSettings(Table):
    """Who is the therapist."""

    therapist: str | None = Field(
        None,
        description="Label of the therapist as the transcript writes it. Left out: settled from labels and talk. "
        "Source: our choice.",
    )
    dyad: str | None = Field(
        None,
        description="THERAPIST:CLIENT, the labels of the pair whose alliance is scored; others are kept as context. "
        "Left out: all of both sides. Source: our choice.",
    )
    speakers: str | None = Field(
        None,
        description="Speakers file (TOML): roles of labels, corrections of turns. Left out: speakers.toml beside the "
        "transcript, where there is one. Source: our choice.",
    )


class AbstainSettings(Table):
    """When no score is given, because it would mislead."""

    min_turns: int = Field(
        20,
        ge=1,
        description="Turns; with fewer no score is given. Source: our choice.",
    )
    min_words: int = Field(300, ge=1, description="Words; with fewer no score is given. Source: our choice.")
    max_unknown_share: float = Field(
        0.30,
        ge=0,
        le=1,
        description="Share of words (0 to 1) by speakers who are neither therapist nor client. Source: our choice.",
    )
    max_loop_share: float = Field(
        0.05,
        ge=0,
        le=1,
        description="Share of words (0 to 1) in sentences that a speech engine repeated over silence. "
        "Source: our choice, after reports of invented text in about 1% of speech-engine segments.",
    )
    min_role_confidence: float = Field(
        0.70,
        ge=0,
        le=1,
        description="Confidence (0 to 1) that therapist and client are told apart rightly. Source: our choice.",
    )


class ModelSettings(Table):
    """Which trained bundle scores the session, and with how much of the machine."""

    path: str | None = Field(
        None, description="Folder of a trained bundle. Left out: the bundle that came with the program."
    )
    threads: int = Field(
        0,
        ge=0,
        description="Processor threads; 0 takes every processor. Source: our choice; it moves no score.",
    )


class OutputSettings(Table):
    """What is written, and where."""

    folder: str = Field(
        "coded", min_length=1, description="Folder for the results, made when missing. Source: our choice."
    )
    report: bool = Field(True, description="true: an HTML report beside each coded session's JSON. Source: our choice.")
    language: str = Field("en", description="Language of the report: en or de. Source: our choice.")
    template: str | None = Field(
        None, description="Folder with your own templates, style and wording for the report. Left out: ours."
    )


class Settings(Table):
    """All settings. Every instance is complete: what was not given has its default."""

    read: ReadSettings = Field(ReadSettings(), description="How a transcript file is read.")
    roles: RoleSettings = Field(RoleSettings(), description="Who is the therapist.")
    abstain: AbstainSettings = Field(AbstainSettings(), description="When no score is given.")
    model: ModelSettings = Field(ModelSettings(), description="Which trained bundle scores the session.")
    output: OutputSettings = Field(OutputSettings(), description="What is written, and where.")

    @property
    def sha256(self) -> str:
        """Hash, as hexadecimal, of the settings that can change a result.

        `model` is left out because the bundle has hashes of its own, `output` because it changes no
        result, the path of the speakers file because what it changed stands in the provenance: so the
        same choices give the same hash on every machine.
        """
        values = self.model_dump(exclude={"model": True, "output": True, "roles": {"speakers"}})
        return hashlib.sha256(json.dumps(values, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def models_folder() -> Path:
    """Folder of the trained bundles: inside an installed package, beside the package in a checkout."""
    package = Path(__file__).resolve().parent
    packed = package / "_models"
    return packed if packed.is_dir() else package.parent / "models"


def default_bundle() -> Path:
    """Folder of the bundle that comes with the program."""
    return models_folder() / DEFAULT_BUNDLE


def load_settings(path: Path | None) -> Settings:
    """The settings of a TOML file; the defaults when `path` is None.

    Raises SettingsError for a file that cannot be read, broken TOML, an unknown key, a wrong type or
    a value out of range. The message names the key, never a text value, which may be a person's name.
    """
    if path is None:
        return Settings()
    where = show_name(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SettingsError("NO_SETTINGS", f"cannot be read ({error.strerror}).", where=where) from None
    except UnicodeDecodeError:
        raise SettingsError("SETTINGS_ENCODING", "is not UTF-8 text.", where=where) from None
    return _validated(_parsed(text, where), where)


def override(settings: Settings, values: Mapping[str, Any], where: str = "") -> Settings:
    """`settings` with the given dotted keys replaced; a value of None leaves its key as it is.

    >>> override(Settings(), {"abstain.min_turns": 40, "read.format": None}).abstain.min_turns
    40
    """
    data = settings.model_dump()
    for key, value in values.items():
        if value is None:
            continue
        table, _, name = key.partition(".")
        data[table][name] = value
    return _validated(data, where)


def settings_toml(settings: Settings) -> str:
    """The settings as a TOML file that says of every key what it is; unset keys are commented out."""
    blocks = []
    for name, field in Settings.model_fields.items():
        table: Table = getattr(settings, name)
        lines = [f"# {field.description}", f"[{name}]"]
        for key, knob in type(table).model_fields.items():
            value = getattr(table, key)
            line = f"# {key} =" if value is None else f"{key} = {_toml_value(value)}"
            lines += [f"# {part}" for part in textwrap.wrap(knob.description or "", 100)]
            lines.append(line)
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def _toml_value(value: object) -> str:
    # TOML writes text, numbers and booleans as JSON does, but for one control character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _parsed(text: str, where: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        # The library ends its message with "(at line 3, column 7)"; the rest may quote the file.
        line = re.search(r"\(at (line \d+)", str(error))
        raise SettingsError(
            "BROKEN_TOML",
            "not valid TOML.",
            where=f"{where} {line[1]}" if line else where,
            hint='text values need quotes: format = "vtt"',
        ) from None


def _validated(data: dict[str, Any], where: str) -> Settings:
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    shown = key if key.isprintable() else ascii(key)
    if first["type"] == "extra_forbidden":
        raise SettingsError("UNKNOWN_KEY", f"unknown key {shown}.", where=where, hint=_nearest(key))
    got = first["input"] if type(first["input"]) in (int, float) else _KINDS.get(type(first["input"]), "another kind")
    expected = _EXPECTED.get(first["type"], "another value").format_map(first.get("ctx", {}))
    raise SettingsError("WRONG_VALUE", f"{shown}: got {got}, expected {expected}.", where=where)


def _nearest(key: str) -> str:
    known = list(_keys())
    # A right name in the wrong table, or in none.
    elsewhere = next((other for other in known if other.partition(".")[2] == key.rpartition(".")[2]), None)
    otherwise = f"did you mean {elsewhere}?" if elsewhere else "`transcript-alliance settings` prints all keys"
    return did_you_mean(key, known) or otherwise


def _keys() -> Iterator[str]:
    for table, value in Settings():
        yield table
        yield from (f"{table}.{key}" for key in type(value).model_fields)


_KINDS = {str: "text", bool: "true or false", dict: "a table", list: "a list", type(None): "nothing"}

_EXPECTED = {
    "string_type": "text in quotes",
    "string_too_short": "text that is not empty",
    "int_type": "a whole number",
    "float_type": "a number",
    "finite_number": "an ordinary number",
    "bool_type": "true or false",
    "model_type": "a table",
    "greater_than_equal": "{ge:g} or more",
    "less_than_equal": "{le:g} or less",
}
