"""The list of sessions: what is taken, what is refused, and that no cell ever stands in a message."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcript_alliance.errors import SettingsError, TableError
from transcript_alliance.report.manifest import (
    Listed,
    Rating,
    by_name,
    clients,
    in_order,
    one_client,
    ratings_form,
    read_manifest,
    read_ratings,
)

CANARY = "heronwing"
HEAD = "session,client,therapist,number,date,PHQ-9\n"


def test_a_whole_row() -> None:
    assert read_manifest(HEAD + "s1,Ann,Th,2,2026-03-09,12.5\n", "list.csv") == (
        Listed("s1", "Ann", "Th", 2, "2026-03-09", (("PHQ-9", 12.5),)),
    )


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffSession;CLIENT;gad\r\ns1;Ann;3,5\r\n",
        "session\tclient\tgad\ns1\tAnn\t3.5\n\n",
        'session,client,gad\n" s1 ",Ann,"3,5"\n',
    ],
    ids=["semicolons", "tabs", "quotes"],
)
def test_what_spreadsheets_save(text: str) -> None:
    assert read_manifest(text, "list.csv") == (Listed("s1", "Ann", outcomes=(("gad", 3.5),)),)


@pytest.mark.parametrize(
    ("text", "code", "part"),
    [
        ("session,number\ns1,1\n", "COLUMNS", "'client'"),
        ("client\nAnn\n", "COLUMNS", "'session'"),
        ("session,client,client\ns1,a,b\n", "COLUMNS", "row 1"),
        ("session,client\n", "NO_ROWS", "no rows"),
        ("\n\n", "NO_ROWS", "no rows"),
        (f"session,client\ns1,{CANARY},x\n", "MALFORMED", "row 2"),
        (f'session,client\ns1,"{CANARY}\n', "MALFORMED", "cannot be read"),
        (f"session,client\n{CANARY},\n", "CELL", "client is empty"),
        (f"session,client,number\ns1,a,{CANARY}\n", "CELL", "number"),
        ("session,client,number\ns1,a,0\n", "CELL", "number"),
        ("session,client,number\ns1,a,1.5\n", "CELL", "number"),
        (f"session,client,date\ns1,a,{CANARY}\n", "CELL", "YYYY-MM-DD"),
        ("session,client,date\ns1,a,2026-02-30\n", "CELL", "YYYY-MM-DD"),
        ("session,client,date\ns1,a,20260209\n", "CELL", "YYYY-MM-DD"),
        (f"session,client,PHQ-9\ns1,a,{CANARY}\n", "CELL", "'PHQ-9'"),
        ("session,client,PHQ-9\ns1,a,=1+1\n", "CELL", "'PHQ-9'"),
        ("session,client,PHQ-9\ns1,a,nan\n", "CELL", "'PHQ-9'"),
        ("session,client,PHQ-9\ns1,a,1e9\n", "CELL", "'PHQ-9'"),
        (f"session,client\n{CANARY},a\n{CANARY},a\n", "TWICE", "number 2"),
        ("session,client,number\ns1,a,1\ns2,a,1\n", "ORDER", "one number"),
        ("session,client,number,date\ns1,a,1,2026-02-01\ns2,a,2,2026-01-01\n", "ORDER", "different orders"),
        (f"session,client\ns1,{CANARY * 40}\n", "LIMIT", "200"),
        ("session,client\n" + "s,a\n" * 20_001, "LIMIT", "20,000"),
    ],
)  # fmt: skip
def test_what_is_refused_in_one_line_without_a_cell(text: str, code: str, part: str) -> None:
    with pytest.raises(TableError) as caught:
        read_manifest(text, "list.csv")
    assert caught.value.code == code
    assert part in str(caught.value)
    assert "list.csv" in str(caught.value)
    assert CANARY not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_clients_stand_by_name_and_sessions_in_order() -> None:
    listed = read_manifest(HEAD + "s3,zoe,,2,,\ns1,Adam,,1,,\ns2,zoe,,1,,\n", "list.csv")
    assert [(name, [e.session for e in entries]) for name, entries in clients(listed)] == [
        ("Adam", ["s1"]),
        ("zoe", ["s2", "s3"]),
    ]


def test_order_by_number_else_by_date_else_as_given() -> None:
    def names(*rows: Listed) -> list[str]:
        return [entry.session for entry in in_order(rows)]

    assert names(Listed("b", "x", number=2), Listed("a", "x", number=1)) == ["a", "b"]
    assert names(Listed("b", "x", date="2026-02-01"), Listed("a", "x", date="2026-01-01")) == ["a", "b"]
    assert names(Listed("b", "x", number=2), Listed("a", "x")) == ["b", "a"]


def test_names_tell_the_client() -> None:
    found = by_name(["S01-2", "S01-1", "S02-1"], "{client}-{number}")
    assert [(e.client, e.number) for e in found] == [("S01", 2), ("S01", 1), ("S02", 1)]
    assert one_client(["x", "y"], "Ann") == (Listed("x", "Ann", number=1), Listed("y", "Ann", number=2))


@pytest.mark.parametrize("pattern", ["{number}", "{client}{number}", "{client}-{client}", "{client}-{shoe}", "client"])
def test_a_pattern_that_cannot_be_read(pattern: str) -> None:
    with pytest.raises(SettingsError) as caught:
        by_name(["S01-1"], pattern)
    assert caught.value.code == "NAMES"


def test_a_name_that_does_not_fit() -> None:
    with pytest.raises(TableError) as caught:
        by_name(["S01"], "{client}-{number}")
    assert caught.value.code == "NAME"


def test_a_long_name_costs_no_time() -> None:
    with pytest.raises(TableError):
        by_name(["-" * 250], "{client}-{therapist}-{number}-{date}!")


RATED = "session,goal,task,bond,note\n"


def test_ratings_are_read_and_empty_rows_left_out() -> None:
    assert read_ratings(RATED + "s1,4,5.5,6,good\ns2,,,,\n", "r.csv", 1, 7) == (Rating("s1", (4.0, 5.5, 6.0)),)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("session,goal,task\ns1,1,2\n", "COLUMNS"),
        (RATED + "s1,4,,6,\n", "UNFINISHED"),
        (RATED + "s1,4,5,8,\n", "CELL"),
        (RATED + f"s1,4,5,{CANARY},\n", "CELL"),
        (RATED + "s1,4,5,6,\ns1,4,5,6,\n", "TWICE"),
    ],
)
def test_ratings_that_are_refused(text: str, code: str) -> None:
    with pytest.raises(TableError) as caught:
        read_ratings(text, "r.csv", 1, 7)
    assert caught.value.code == code
    assert CANARY not in str(caught.value)


names = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), min_size=1, max_size=20)


@given(st.lists(st.one_of(names, names.map(lambda n: f"={n}"), names.map(lambda n: f"'{n}")), unique=True, min_size=1))
def test_a_form_keeps_its_names_and_computes_nothing(sessions: list[str]) -> None:
    form = ratings_form(sessions)
    cells = [row[0] for row in csv.reader(io.StringIO(form))][1:]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)
    filled = form.replace(",,,", ",4,4,4")
    assert [rating.session for rating in read_ratings(filled, "r.csv", 1, 7)] == sessions
