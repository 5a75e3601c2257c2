"""JSON Lines and JSON documents."""

import json
from pathlib import Path

import pytest

from tests.readers.files import noted, read, said
from transcript_alliance.errors import TableError

TURNS = [{"speaker": "T", "text": "hi", "start": 0, "end": 1.5}, {"speaker": "C", "text": "yes", "start": 2, "end": 3}]
SESSION = {"session_id": "N001", "turns": [["T", "hi"], ["C", "yes"]]}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("\n".join(map(json.dumps, TURNS)), id="a line a turn"),
        pytest.param(json.dumps(SESSION), id="a session a line"),
        pytest.param(json.dumps(SESSION, indent=1), id="a session over several lines"),
        pytest.param(json.dumps(TURNS), id="a list"),
        pytest.param(json.dumps({"segments": TURNS}), id="segments"),
        pytest.param('{"who": "T", "utterance": "hi"}\n\n{"who": "C", "utterance": "yes"}\n', id="other names"),
        pytest.param('\ufeff{"role": "T", "content": "hi"}\r\n{"role": "C", "content": "yes"}\r\n', id="mark, CR LF"),
    ],
)
@pytest.mark.parametrize("name", ["s.jsonl", "s.json"])
def test_shapes(tmp_path: Path, text: str, name: str) -> None:
    raw = read(tmp_path, name, text)
    assert said(raw) == [("T", "hi"), ("C", "yes")]
    assert (raw.format, raw.notes) == ("jsonl", ())


def test_times(tmp_path: Path) -> None:
    ms = '{"speaker": "T", "text": "a", "start_ms": 1500, "end_ms": 2500}'
    clock = '{"speaker": "C", "text": "b", "start": "0:01:30", "end": "0:01:31,5"}'
    raw = read(tmp_path, "s.jsonl", f"{ms}\n{clock}\n")
    assert [(turn.start_s, turn.end_s) for turn in raw.turns] == [(1.5, 2.5), (90.0, 91.5)]


def test_lines_and_keys_given(tmp_path: Path) -> None:
    raw = read(
        tmp_path, "s.jsonl", '\n{"a": "T", "b": "hi"}\n{"a": 1, "b": "yes"}', speaker_column="a", text_column="b"
    )
    assert said(raw) == [("T", "hi"), ("1", "yes")]
    assert [turn.line for turn in raw.turns] == [2, 3]


def test_fields_of_the_wrong_kind_are_counted(tmp_path: Path) -> None:
    turns = [
        {"speaker": "T", "text": "hi", "start": "soon"},  # 1: the time is left out
        {"speaker": {"name": "T"}, "text": "so"},  # 2: the speaker is left out
        {"speaker": "C", "text": 42},  # 3: no text, left out
        None,  # 4: left out
        {"speaker": True, "text": "ok"},  # 5: the speaker is left out
        {"speaker": "C", "text": "yes", "start": float("nan"), "end": []},  # 6: the times are left out
    ]
    raw = read(tmp_path, "s.json", json.dumps(turns))
    assert said(raw) == [("T", "hi"), (None, "so"), (None, "ok"), ("C", "yes")]
    assert noted(raw) == {"W_SKIPPED": 6, "W_TIMES": 1, "W_NO_SPEAKERS": 2}


def test_several_sessions_are_refused(tmp_path: Path) -> None:
    for text in (f"{json.dumps(SESSION)}\n{json.dumps(SESSION | {'session_id': 'N002'})}\n",
                 '{"session_id": 1, "text": "a"}\n{"session_id": 2, "text": "b"}\n'):  # fmt: skip
        with pytest.raises(TableError, match=r"The file holds 2 sessions\.") as caught:
            read(tmp_path, "s.jsonl", text)
        assert caught.value.code == "SEVERAL_SESSIONS"


@pytest.mark.parametrize(
    ("text", "code", "where"),
    [
        ('{"turns": [["T", "hi"], ["C", "ye', "TRUNCATED", "s.json line 1"),
        ('{"turns":\n[["T", "hi"], x]}      ', "MALFORMED", "s.json line 2"),
        ('{"text": "a"}\n{"text" "b"}\n{"text": "c"}', "MALFORMED", "s.json line 2"),
        ('[{"speaker": "T", "speaker": "C", "text": "a"}]', "MALFORMED", "s.json turn 1"),
        ('[{"speaker": "T", "text": "a", "start": ' + "9" * 5_000 + "}]", "MALFORMED", "s.json turn 1"),
        ('{"other": 1}', "NO_TURNS", "s.json"),
        ("[" * 101 + "]" * 101, "LIMIT", "s.json"),
        ("[" * 100_000, "LIMIT", "s.json"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, code: str, where: str) -> None:
    with pytest.raises(TableError) as caught:
        read(tmp_path, "s.json", text)
    assert (caught.value.code, caught.value.where) == (code, where)


def test_a_last_line_cut_short_is_left_out_with_a_note(tmp_path: Path) -> None:
    raw = read(
        tmp_path, "s.jsonl", '{"speaker": "T", "text": "a"}\n{"speaker": "C", "text": "b"}\n{"speaker": "T", "te'
    )
    assert said(raw) == [("T", "a"), ("C", "b")]
    assert noted(raw) == {"W_TRUNCATED": 1}


def test_a_key_that_stands_twice_is_named_only_where_it_is_no_word_of_the_session(tmp_path: Path) -> None:
    for key, what in (("speaker", "'speaker'"), ("heronwing", "one of its keys")):
        with pytest.raises(TableError, match=f"The turn has {what} twice") as caught:
            read(tmp_path, "s.json", f'[{{"{key}": "T", "{key}": "C", "text": "my heronwing"}}]')
        assert "heronwing" not in str(caught.value)


def test_an_error_carries_nothing_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(TableError) as caught:
        read(tmp_path, "s.json", '{"text": "heronwing" x}')
    # The library's own error holds the whole document.
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert "heronwing" not in str(caught.value)
