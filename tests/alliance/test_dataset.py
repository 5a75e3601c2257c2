import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.alliance.builders import tiny_rating, tiny_session
from transcript_alliance.alliance.dataset import (
    CLIENT_CODES,
    SCALES,
    TURN_CODES,
    WAI_ITEMS,
    grouped_folds,
    load_corpus,
    rated_session,
)
from transcript_alliance.annotations import RuptureKind
from transcript_alliance.errors import DatasetError
from transcript_alliance.session import Role

CORPUS = Path(__file__).parents[2] / "sample_data" / "corpus"


def column(code: str) -> int:
    return TURN_CODES.index(code)


def test_reversed_items_are_turned_and_raters_averaged() -> None:
    rated = tiny_session(0, good=True)  # raters at 6 and 5 on every item, the reversed ones given as 2 and 3
    assert rated.scales[: len(WAI_ITEMS)] == pytest.approx([5.5] * 12)  # (6 + 5) / 2
    assert np.isnan(rated.scales[SCALES.index("fis.rupture_repair")])


def test_codes_stand_on_their_role_only() -> None:
    rated = tiny_session(1, good=False)
    assert rated.turns[0, column("NEG")] == 1
    assert np.isnan(rated.turns[1, column("NEG")])  # a client's turn cannot show it
    assert np.isnan(rated.turns[0, column("C1")])
    assert rated.turns[1, column("C1")] == 1
    assert rated.turns[5, column("C1")] == 0


def test_an_event_covers_its_turns_whoever_speaks_and_holds_its_repair() -> None:
    rated = tiny_session(1, good=False)
    assert rated.turns[:, column("CONFRONTATION")].tolist() == [0, 1, 1, 1, 1] + [0] * 7
    assert np.flatnonzero(rated.turns[:, column("CONFRONTATION_START")]).tolist() == [1]
    assert np.flatnonzero(rated.turns[:, column("CONFRONTATION_END")]).tolist() == [4]
    assert not rated.turns[:, column("WITHDRAWAL_START")].any()
    assert rated.turns[2, column("R5")] == 1
    assert rated.turns[2, column("RESOLVED")] == 0.5  # resolved 1 of 2
    assert np.isnan(rated.turns[6, column("RESOLVED")])
    assert [(e.kind, e.start, e.end) for e in rated.events_by_rater[0]] == [(RuptureKind.CONFRONTATION, 1, 5)]


def test_sides_of_couples_co_therapists_and_interpreters_come_from_their_labels() -> None:
    turns = [("T", "Hello."), ("C2", "Hi."), ("O", "She says hi."), ("T2", "Welcome."), ("C", "Thanks.")]
    rated = rated_session("S", turns, [tiny_rating(good=True, n_turns=5)], "natural", "T1", "C1")
    roles = [rated.session.role(t) for t in range(5)]
    assert roles == [Role.THERAPIST, Role.CLIENT, Role.OTHER, Role.THERAPIST, Role.CLIENT]


def test_client_codes_that_nobody_looked_for_are_not_taken_for_absent() -> None:
    unasked = replace(tiny_rating(good=True, n_turns=4), client_markers=None)
    rated = rated_session("S", [("T", "Hello."), ("C", "Hi.")] * 2, [unasked], "hard", "T1", "C1")
    assert np.isnan(rated.turns[:, [column(c) for c in CLIENT_CODES]]).all()


def test_turns_of_one_speaker_in_a_row_become_one_with_the_marks_of_both() -> None:
    rating = replace(
        tiny_rating(good=True, n_turns=4), markers=((0, "EMP"), (1, "HOPE")), client_markers=((2, "OPEN"),)
    )
    rated = rated_session("S", [("T", "So."), ("T", "Go on."), ("C", "Yes."), ("T", "Mm.")], [rating], "x", "T", "C")
    assert len(rated.session.turns) == 3
    assert rated.turns[0, [column("EMP"), column("HOPE")]].tolist() == [1, 1]
    assert rated.turns[1, column("OPEN")] == 1


def test_folds_keep_people_together_and_parts_mixed() -> None:
    sessions = [tiny_session(n, good=True) for n in range(20)]
    folds = grouped_folds(sessions, 5, seed=3)
    for therapist in {s.therapist for s in sessions}:
        assert len({int(f) for s, f in zip(sessions, folds, strict=True) if s.therapist == therapist}) == 1
    assert sorted(np.bincount(folds)) == [4] * 5


def test_therapists_who_share_a_client_are_in_one_fold() -> None:
    sessions = [tiny_session(n, good=True) for n in range(24)]
    clients = {0: "C-both", 4: "C-both"}  # of two therapists
    sessions = [replace(s, client=clients.get(n, s.client)) for n, s in enumerate(sessions)]
    assert sessions[0].therapist != sessions[4].therapist
    folds = grouped_folds(sessions, 5, seed=3)
    for one in ("therapist", "client"):
        for name in {getattr(s, one) for s in sessions}:
            assert len({int(f) for s, f in zip(sessions, folds, strict=True) if getattr(s, one) == name}) == 1
    with pytest.raises(DatasetError, match="1 therapists who share no client"):
        grouped_folds([replace(s, client="C-same") for s in sessions], 5, seed=0)


def test_the_authored_corpus_loads_whole() -> None:
    raw = [json.loads(line) for p in CORPUS.glob("*_1.jsonl") for line in p.read_text("utf-8").splitlines()]
    sessions = {s.session.session_id: s for s in load_corpus(CORPUS)}
    assert len(sessions) == 946
    for row in raw[:5]:
        words = " ".join(" ".join(t.split()) for _, t in row["turns"])
        session = sessions[row["session_id"]].session
        assert " ".join(session.turn_text(t) for t in range(len(session.turns))) == words


def test_a_folder_that_holds_no_corpus_says_so(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no rated sessions"):
        load_corpus(tmp_path)
    with pytest.raises(DatasetError, match="no such folder"):
        load_corpus(tmp_path / "nowhere")
