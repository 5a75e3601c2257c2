"""The tables of a coded session: the columns they promise, and cells by hand."""

from dataclasses import replace

import pandas as pd
from hypothesis import given, settings

from tests.store.codings import coded, human, human_codings
from transcript_alliance.annotations import (
    CodedSession,
    CodeScore,
    Marker,
    Origin,
    Resolution,
    RuptureEvent,
    RuptureKind,
    Span,
)
from transcript_alliance.store.tables import TABLES, Row, tables

TYPES = {"text": str, "integer": int, "number": float, "truth": bool}


def check(found: dict[str, list[Row]]) -> None:
    assert list(found) == list(TABLES)
    for name, rows in found.items():
        for row in rows:
            assert list(row) == [column.name for column in TABLES[name]]
            for column in TABLES[name]:
                assert row[column.name] is None or type(row[column.name]) is TYPES[column.kind]


@settings(max_examples=30, deadline=None)
@given(session=human_codings())
def test_cells_are_of_the_kind_that_their_column_says(session: CodedSession) -> None:
    found = tables(session)
    check(found)
    assert [row["turn"] for row in found["turns"]] == list(range(len(session.session.turns)))
    assert sum(int(row["n_spans"] or 0) for row in found["markers"]) == len(found["spans"])


def test_cells_by_hand() -> None:
    found = tables(coded(human("EMP", 1, 2, Span(1, 19, 24)), Marker("W2", 1, 3, 0.7, Origin.MODEL)))
    check(found)
    (session,) = found["sessions"]
    # T: 4 words + 12; C: "Never you listen 😀 to me. I said so last time." 6 + 5, and 2 + 4.
    assert (session["n_therapist_words"], session["n_client_words"]) == (16, 17)
    assert session["therapist_talk_share"] == 16 / 33
    assert (session["start_s"], session["end_s"]) == (0.0, 39.0)
    assert [row["text"] for row in found["spans"]] == ["to me"]
    assert [(row["code"], row["turn"], row["role"], row["n_spans"]) for row in found["markers"]] == [
        ("EMP", 1, "client", 1),
        ("W2", 1, "client", 0),
    ]
    # Windows of utterances 0-2 (turns 0-1) and 3-6 (turns 2-3).
    assert [(row["window"], row["first_turn"], row["last_turn"], row["value"]) for row in found["windows"]] == [
        (0, 0, 1, 5.0),
        (1, 2, 3, None),
    ]
    assert found["scores"][0]["evidence_for"] == "1"


def test_an_event_by_hand() -> None:
    # One rupture over utterances 1-4, answered by turn 2, which is utterances 3 and 4.
    rupture = RuptureEvent(
        RuptureKind.CONFRONTATION,
        start=1,
        end=5,
        score=0.84,
        markers=(CodeScore("C1", 0.7), CodeScore("C3", 0.1234)),
        strategies=(CodeScore("R5", 0.8),),
        repair=((3, 5),),
        turns_to_response=1,
        resolution=Resolution.RESOLVED,
    )
    found = tables(replace(coded(), events=(rupture,)))
    check(found)
    (event,) = found["events"]
    assert (event["first_turn"], event["last_turn"], event["n_repair_turns"]) == (1, 2, 1)
    assert (event["markers"], event["strategies"], event["resolution"]) == ("C1=0.7 C3=0.123", "R5=0.8", "resolved")
    assert (event["start_s"], event["end_s"], event["turns_to_response"]) == (10.0, 29.0, 1)


def test_frames_keep_missing_values_and_empty_tables() -> None:
    frames = coded().to_frames()
    assert list(frames) == list(TABLES)
    assert list(frames["markers"].columns) == [column.name for column in TABLES["markers"]]
    assert len(frames["markers"]) == 0
    assert frames["windows"]["value"].tolist()[0] == 5.0
    assert frames["windows"]["value"].isna().tolist() == [False, True]
    assert str(frames["turns"]["turn"].dtype) == "Int64"
    assert str(frames["turns"]["backchannel"].dtype) == "boolean"
    # Of many sessions under each other.
    both = pd.concat([coded().to_frames()["turns"], coded(name="s2").to_frames()["turns"]])
    assert both.groupby("session_id").size().to_dict() == {"s1": 4, "s2": 4}
