"""Coded sessions as JSON: what goes out comes back, and what does not fit is refused by its path."""

import dataclasses
import json
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transcript_alliance.annotations import CodedSession, Provenance, Score
from transcript_alliance.errors import FormatError, OutputError
from transcript_alliance.serialize import SCHEMA_VERSION, from_json, json_schema, schema_text, to_json
from transcript_alliance.session import Session

PUBLISHED = Path(__file__).parent.parent / "docs" / "coded-session.schema.json"

_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    # Whatever a transcript can hold: control characters, astral letters, halves of surrogate pairs.
    str: st.text(st.characters(), max_size=12),
    float: st.floats(allow_nan=False, allow_infinity=False),
    int: st.integers(),
    bool: st.booleans(),
    type(None): st.none(),
}


def anything(hint: Any) -> st.SearchStrategy[Any]:
    """Values of a type as the fields of `annotations` and `session` name it."""
    args = get_args(hint)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        hints = get_type_hints(hint)
        return st.builds(hint, **{field.name: anything(hints[field.name]) for field in dataclasses.fields(hint)})
    if get_origin(hint) is tuple and args[-1] is Ellipsis:
        return st.lists(anything(args[0]), max_size=3).map(tuple)
    if get_origin(hint) is tuple:
        return st.tuples(*map(anything, args))
    if args:
        return st.one_of(*map(anything, args))
    return _PLAIN[hint] if hint in _PLAIN else st.sampled_from(hint)


EMPTY = CodedSession(
    Session("s1", (), (), (), ()),
    markers=(),
    events=(),
    scores=(Score("wai-o", "goal", 5.25, 4.0, 6.5, (1, 2)), Score("fis", "empathy", None, None, None, abstained="why")),
    windows=(),
    quality=(),
    provenance=Provenance("0.1.0", "", "vtt", "utf-8", "", "", "", "m", "", "", (("torch", "2.13.0"),), "x86_64"),
)


@given(anything(CodedSession))
@settings(max_examples=60)
def test_what_goes_out_comes_back_and_fits_the_schema(coded: CodedSession) -> None:
    text = to_json(coded)
    assert from_json(text) == coded
    assert to_json(from_json(text)) == text
    text.encode("utf-8")
    schema = json_schema()
    assert list(faults(json.loads(text), schema, schema, "$")) == []


def test_keys_stand_in_the_order_of_the_fields() -> None:
    data = json.loads(to_json(EMPTY))
    assert list(data) == ["schema_version", *(field.name for field in dataclasses.fields(CodedSession))]
    assert list(data["scores"][0])[:3] == ["instrument", "scale", "value"]
    assert data["provenance"]["libraries"] == [["torch", "2.13.0"]]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_is_not_finite_is_not_written(value: float) -> None:
    coded = dataclasses.replace(EMPTY, scores=(Score("wai-o", "goal", value, None, None),))
    with pytest.raises(OutputError, match=r"\$\.scores\[0\]\.value is not a finite number"):
        to_json(coded)


def _with(path: str, value: Any) -> str:
    data = json.loads(to_json(EMPTY))
    *parents, last = path.split("/")
    place = data
    for key in parents:
        place = place[int(key) if key.isdecimal() else key]
    if value is ...:
        del place[last]
    else:
        place[int(last) if last.isdecimal() else last] = value
    return json.dumps(data)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("scores/0/value", "secretword", "$.scores[0].value: expected a number."),
        ("scores/0/value", True, "$.scores[0].value: expected a number."),
        ("scores/0/value", 10**400, "$.scores[0].value: expected a number."),
        ("scores/0/value", float("nan"), "$.scores[0].value: expected a number."),
        ("scores/0/evidence_for/1", 1.0, "$.scores[0].evidence_for[1]: expected a whole number."),
        ("scores/0/evidence_for/1", True, "$.scores[0].evidence_for[1]: expected a whole number."),
        ("scores/0/scale", None, "$.scores[0].scale: expected text."),
        ("scores/1/abstained", 3, "$.scores[1].abstained: expected text."),
        ("scores", {"secretword": 1}, "$.scores: expected a list."),
        ("scores/0", ["secretword"], "$.scores[0]: expected an object."),
        ("scores/0/scale", ..., "$.scores[0]: expected the key scale."),
        (
            "windows",
            [{"start": 0, "end": 1, "scores": [], "secretword": 1}],
            "$.windows[0]: expected no other keys than start, end, scores.",
        ),
        ("provenance/libraries/0", ["torch"], "$.provenance.libraries[0]: expected a list of 2."),
        (
            "session/speakers",
            [
                {
                    "label": "",
                    "role": "secretword",
                    "confidence": 1,
                    "reason": "",
                    "n_turns": 1,
                    "n_words": 1,
                    "kept_apart": None,
                }
            ],
            "$.session.speakers[0].role: expected one of therapist, client, other.",
        ),
        ("schema_version", "1", "$.schema_version: expected a whole number."),
        ("schema_version", ..., "$.schema_version: expected a whole number."),
    ],
)
def test_what_does_not_fit_is_named_by_its_path_and_not_by_its_value(path: str, value: Any, message: str) -> None:
    with pytest.raises(FormatError) as caught:
        from_json(_with(path, value), "s1.json")
    assert str(caught.value) == f"s1.json: {message}"
    assert caught.value.__cause__ is None
    assert "secretword" not in repr(caught.value)


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ('{\n"secretword": ', "BROKEN_JSON", "s1.json line 2: not valid JSON."),
        ('{"schema_version": 2, "schema_version": 2}', "BROKEN_JSON", "s1.json: a key stands twice in one object."),
        ("[" * 200_000, "BROKEN_JSON", "s1.json: not valid JSON: a number too long or nested too deeply."),
        ("9" * 20_000, "BROKEN_JSON", "s1.json: not valid JSON: a number too long or nested too deeply."),
        (
            '{"schema_version": 999}',
            "SCHEMA_VERSION",
            "s1.json: written in schema version 999, but this program reads version 2.",
        ),
        # Version 1 had no `kept_apart` and no `speaker_corrections`.
        (
            '{"schema_version": 1, "session": {"session_id": "secretword"}}',
            "SCHEMA_VERSION",
            "s1.json: written in schema version 1, but this program reads version 2. "
            "Hint: code the transcript again, or read it with the version that wrote it",
        ),
        ("[]", "WRONG_SHAPE", "s1.json: $.schema_version: expected a whole number."),
    ],
    ids=["cut", "twice", "deep", "long number", "newer", "older", "list"],
)
def test_what_is_no_coded_session_is_refused(text: str, code: str, message: str) -> None:
    with pytest.raises(FormatError) as caught:
        from_json(text, "s1.json")
    assert caught.value.code == code
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
    assert "secretword" not in str(caught.value)


def test_a_whole_number_is_taken_for_a_number() -> None:
    assert from_json(_with("scores/0/value", 5)).scores[0].value == 5.0


def test_the_published_schema_is_that_of_the_code() -> None:
    assert PUBLISHED.read_text("utf-8") == schema_text(), "run `make schema`"


def test_the_schema_says_what_a_field_means() -> None:
    score = json_schema()["$defs"]["Score"]
    assert score["properties"]["value"]["description"] == (
        "In the scale's own units (WAI-O 1-7, FIS 1-5); null when abstained."
    )
    assert json_schema()["properties"]["schema_version"] == {"const": SCHEMA_VERSION}


@pytest.mark.parametrize(
    ("path", "value"),
    [("scores/0/value", "x"), ("scores/0/scale", ...), ("scores", {}), ("session/extra", 1), ("schema_version", 1)],
)
def test_teeth_the_schema_refuses_what_the_reader_refuses(path: str, value: Any) -> None:
    schema = json_schema()
    assert list(faults(json.loads(_with(path, value)), schema, schema, "$"))


def faults(value: Any, schema: dict[str, Any], root: dict[str, Any], path: str) -> Any:
    """Paths at which `value` breaks `schema`, for the few keywords that ours uses."""
    if "$ref" in schema:
        yield from faults(value, root["$defs"][schema["$ref"].rpartition("/")[2]], root, path)
    if "anyOf" in schema and all(list(faults(value, one, root, path)) for one in schema["anyOf"]):
        yield path
    if value not in schema.get("enum", [value]) or value != schema.get("const", value):
        yield path
    kinds: dict[str, Any] = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int}
    kinds["number"] = (int, float)
    kind = schema.get("type")
    if kind == "null":
        if value is not None:
            yield path
    elif kind is not None and not isinstance(value, kinds[kind]):
        yield path
    elif kind == "object":
        if set(value) != set(schema["required"]) or set(value) != set(schema["properties"]):
            yield path
        for key in set(value) & set(schema["properties"]):
            yield from faults(value[key], schema["properties"][key], root, f"{path}.{key}")
    elif kind == "array":
        if len(value) < schema.get("minItems", 0):
            yield path
        for number, item in enumerate(value):
            row = schema.get("prefixItems")
            if row and number >= len(row):
                yield path
            else:
                yield from faults(item, row[number] if row else schema["items"], root, f"{path}[{number}]")
