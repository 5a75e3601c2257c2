"""Coded sessions as JSON text and back, and the JSON Schema that other programs can check it by.

The JSON is the object: the keys are the fields of `annotations` and `session`, in their order, and
nothing is rounded, renamed or left out. So one small walk over the fields and their types serves
writing, reading and the schema, and a new field needs no change here.
"""

import ast
import dataclasses
import inspect
import itertools
import json
import math
import re
import sys
import types
from collections.abc import Callable
from enum import StrEnum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from transcript_alliance.annotations import CodedSession
from transcript_alliance.errors import FormatError, OutputError

SCHEMA_VERSION = 2
"""Raised with every change that an older reader would misread, or that leaves a reader without a key it asks for."""

_SURROGATE = re.compile("[\ud800-\udfff]")


def to_json(coded: CodedSession) -> str:
    """The coded session as JSON text that can be written as UTF-8; the same session gives the same text.

    Raises OutputError when a number is not finite, which no reader could take back.
    """
    data = {"schema_version": SCHEMA_VERSION, **_encoded(coded, "$")}
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, indent=1)
    # Half a surrogate pair can stand in a transcript or a file name and cannot be written as UTF-8.
    return _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", text) + "\n"


def from_json(text: str, name: str = "coded session") -> CodedSession:
    """The coded session that `to_json` wrote; `name` is what an error calls the file.

    Raises FormatError with the JSON path of the first fault, and never a value from the file.
    """
    try:
        data = json.loads(text, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        raise FormatError("BROKEN_JSON", "not valid JSON.", where=f"{name} line {error.lineno}") from None
    except _DuplicateKeyError:
        raise FormatError("BROKEN_JSON", "a key stands twice in one object.", where=name) from None
    except (ValueError, RecursionError):
        raise FormatError(
            "BROKEN_JSON", "not valid JSON: a number too long or nested too deeply.", where=name
        ) from None
    version = data.pop("schema_version", None) if isinstance(data, dict) else None
    if type(version) is int and version != SCHEMA_VERSION:
        raise FormatError(
            "SCHEMA_VERSION",
            f"written in schema version {version}, but this program reads version {SCHEMA_VERSION}.",
            where=name,
            hint="code the transcript again, or read it with the version that wrote it",
        )
    try:
        if type(version) is not int:
            raise _MismatchError("$.schema_version", "a whole number")
        coded: CodedSession = _decoder(CodedSession)(data, "$")
    except _MismatchError as error:
        path, expected = error.args
        raise FormatError("WRONG_SHAPE", f"{path}: expected {expected}.", where=name) from None
    return coded


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of what `to_json` writes, as a value for `json.dumps`."""
    definitions: dict[str, Any] = {}
    _schema(CodedSession, definitions)
    root = definitions.pop("CodedSession")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Coded session",
        **root,
        "properties": {"schema_version": {"const": SCHEMA_VERSION}, **root["properties"]},
        "required": ["schema_version", *root["required"]],
        "$defs": dict(sorted(definitions.items())),
    }


def schema_text() -> str:
    """The schema as `docs/coded-session.schema.json` holds it."""
    return json.dumps(json_schema(), ensure_ascii=False, indent=1) + "\n"


class _MismatchError(Exception):
    """JSON path and what was expected there."""


class _DuplicateKeyError(Exception):
    """Python would silently keep the last of two equal keys."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _DuplicateKeyError
    return found


@cache
def _hints(cls: Any) -> dict[str, Any]:
    hints = get_type_hints(cls)
    return {field.name: hints[field.name] for field in dataclasses.fields(cls)}


def _encoded(value: Any, path: str) -> Any:
    if dataclasses.is_dataclass(value):
        cls: Any = type(value)
        return {name: _encoded(getattr(value, name), f"{path}.{name}") for name in _hints(cls)}
    if isinstance(value, tuple):
        return [_encoded(item, f"{path}[{number}]") for number, item in enumerate(value)]
    if isinstance(value, float) and not math.isfinite(value):
        raise OutputError("NOT_FINITE", f"{path} is not a finite number.")
    return value


_Decoder = Callable[[Any, str], Any]


@cache
def _decoder(hint: Any) -> _Decoder:
    """What turns the JSON of a type into its value, or raises `_MismatchError`."""
    origin, args = get_origin(hint), get_args(hint)
    if dataclasses.is_dataclass(hint):
        return _object_decoder(hint)
    if origin in (Union, types.UnionType):
        inner = _decoder(_not_none(args))
        return lambda value, path: None if value is None else inner(value, path)
    if origin is tuple:
        return _list_decoder(args[0]) if args[-1] is Ellipsis else _row_decoder(args)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return _choice_decoder(hint)
    return _plain_decoder(hint)


def _object_decoder(cls: Any) -> _Decoder:
    decoders = {name: _decoder(hint) for name, hint in _hints(cls).items()}

    def decode(value: Any, path: str) -> Any:
        if not isinstance(value, dict):
            raise _MismatchError(path, "an object")
        if missing := decoders.keys() - value.keys():
            raise _MismatchError(path, f"the key {min(missing)}")
        if value.keys() - decoders.keys():
            raise _MismatchError(path, f"no other keys than {', '.join(decoders)}")
        return cls(**{name: inner(value[name], f"{path}.{name}") for name, inner in decoders.items()})

    return decode


def _list_decoder(hint: Any) -> _Decoder:
    inner = _decoder(hint)

    def decode(value: Any, path: str) -> Any:
        if not isinstance(value, list):
            raise _MismatchError(path, "a list")
        return tuple(inner(item, f"{path}[{number}]") for number, item in enumerate(value))

    return decode


def _row_decoder(hints: tuple[Any, ...]) -> _Decoder:
    inner = [_decoder(hint) for hint in hints]

    def decode(value: Any, path: str) -> Any:
        if not isinstance(value, list) or len(value) != len(inner):
            raise _MismatchError(path, f"a list of {len(inner)}")
        return tuple(one(item, f"{path}[{n}]") for n, (one, item) in enumerate(zip(inner, value, strict=True)))

    return decode


def _choice_decoder(cls: type[StrEnum]) -> _Decoder:
    members = {member.value: member for member in cls}

    def decode(value: Any, path: str) -> Any:
        if not isinstance(value, str) or value not in members:
            raise _MismatchError(path, f"one of {', '.join(members)}")
        return members[value]

    return decode


def _plain_decoder(cls: type) -> _Decoder:
    # Other programs may write 1.0 as 1, so a whole number is a number; true is neither.
    accepted = (int, float) if cls is float else (cls,)

    def decode(value: Any, path: str) -> Any:
        if type(value) not in accepted or (cls is float and not -sys.float_info.max <= value <= sys.float_info.max):
            raise _MismatchError(path, _PLAIN[cls][0])
        return cls(value)

    return decode


_PLAIN: dict[type, tuple[str, str]] = {
    str: ("text", "string"),
    int: ("a whole number", "integer"),
    float: ("a number", "number"),
    bool: ("true or false", "boolean"),
}
"""Plain type -> its name for people, its name in JSON Schema."""


def _not_none(args: tuple[Any, ...]) -> Any:
    (hint,) = (arg for arg in args if arg is not types.NoneType)
    return hint


def _schema(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    origin, args = get_origin(hint), get_args(hint)
    if dataclasses.is_dataclass(hint):
        return _object_schema(hint, definitions)
    if origin in (Union, types.UnionType):
        return {"anyOf": [_schema(_not_none(args), definitions), {"type": "null"}]}
    if origin is tuple and args[-1] is Ellipsis:
        return {"type": "array", "items": _schema(args[0], definitions)}
    if origin is tuple:
        items = [_schema(arg, definitions) for arg in args]
        return {"type": "array", "prefixItems": items, "items": False, "minItems": len(items)}
    if issubclass(hint, StrEnum):
        return {"enum": [member.value for member in hint]}
    return {"type": _PLAIN[hint][1]}


def _object_schema(cls: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    hints = _hints(cls)
    about = _field_docs(cls)
    definitions[cls.__name__] = {
        "description": (cls.__doc__ or "").partition("\n\n")[0],
        "type": "object",
        "properties": {name: _schema(hint, definitions) | about.get(name, {}) for name, hint in hints.items()},
        "required": list(hints),
        "additionalProperties": False,
    }
    return {"$ref": f"#/$defs/{cls.__name__}"}


def _field_docs(cls: type) -> dict[str, dict[str, str]]:
    """The strings that stand below the fields in the source, as schema descriptions."""
    body = ast.parse(inspect.getsource(cls)).body[0].body  # type: ignore[attr-defined]
    found = {}
    for field, doc in itertools.pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(doc, ast.Expr) and isinstance(doc.value, ast.Constant):
            text = " ".join(str(doc.value.value).replace("None", "null").split())
            found[ast.unparse(field.target)] = {"description": text}
    return found
