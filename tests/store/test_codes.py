"""Codes that leave for another program come back as they were: the same codes on the same words."""

import csv
import io
import json
import tempfile
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import assume, given, settings

from tests.store.codings import coded, human, human_codings
from transcript_alliance.annotations import CodedSession, Marker, Origin, Span
from transcript_alliance.coding.codebook import load_codebooks
from transcript_alliance.errors import DatasetError, FormatError, TableError
from transcript_alliance.readers import read_transcript
from transcript_alliance.store.exports import CODE_WRITERS, CodeWriter, coding_of, raw_talk, session_talk, write_lme4
from transcript_alliance.store.imports import CODE_READERS, read_human_codes
from transcript_alliance.store.marks import Mark, human_markers, marked, marks_of

BOOKS = load_codebooks()
CODES = BOOKS.by_id
BY_ID = {writer.id: writer for writer in CODE_WRITERS}
THERE_AND_BACK = pytest.mark.parametrize("format", [reader.id for reader in CODE_READERS])
EMOJI = human("EMP", 1, 2, Span(1, 17, 24))
"""The words `😀 to me`."""


def export(format: str, session: CodedSession) -> dict[str, bytes]:
    """File name -> content."""
    writer = BY_ID[format]
    content = writer.write(coding_of(session, BOOKS))
    return content if isinstance(content, dict) else {f"session{writer.suffix}": content}


def save(content: dict[str, bytes], folder: Path) -> Path:
    """The file that holds the codes."""
    for name, data in content.items():
        (folder / name).write_bytes(data)
    return folder / next(iter(content))


def come_back(format: str, session: CodedSession, **options: bool) -> tuple[Marker, ...]:
    with tempfile.TemporaryDirectory() as folder:
        path = save(export(format, session), Path(folder))
        return read_human_codes(path, session.session, CODES, **options)


@THERE_AND_BACK
@settings(max_examples=40, deadline=None)
@given(session=human_codings())
def test_codes_come_back_on_the_same_words(format: str, session: CodedSession) -> None:
    if format in ("elan", "textgrid"):
        # A turn of which nothing is left is not there to be coded; two alike are told apart by their times alone.
        assume(len(session_talk(session.session).turns) == len(session.session.turns))
    if format == "elan":
        assume(not any(c in u.text for u in session.session.utterances for c in "\ufffe\uffff"))
    found = come_back(format, session)
    assert marked(found, session.session) == marked(session.markers, session.session)
    assert {marker.origin for marker in found} <= {Origin.HUMAN}


@THERE_AND_BACK
def test_what_the_program_set_is_no_persons_code(format: str) -> None:
    session = coded(Marker("W2", 1, 3, 0.7, Origin.MODEL), Marker("EMP", 3, 4, 1.0, Origin.CUE), human("NEG", 0, 1))
    codes = {marker.code for marker in come_back(format, session)}
    # doccano has no place for who set a label.
    assert codes == ({"NEG", "W2", "EMP"} if format == "doccano" else {"NEG"})
    assert {marker.code for marker in come_back(format, session, take_all=True)} == {"NEG", "W2", "EMP"}


@THERE_AND_BACK
def test_the_file_of_another_session_is_refused_without_its_words(format: str, tmp_path: Path) -> None:
    session = coded(EMOJI)
    path = save(export(format, session), tmp_path)
    other = coded(script="T: How was the weak?\nC: Heronwing.\nT: So.\nC: No.")
    if format == "csv":
        return  # a table may leave the words out, so they are not compared
    with pytest.raises(DatasetError) as caught:
        read_human_codes(path, other.session, CODES)
    assert caught.value.code == "OTHER_SESSION"
    assert "week" not in str(caught.value)


def test_units() -> None:
    # Turn 1: "Never you listen 😀 to me. I said …": code points 17-18 are the emoji, 19-24 "to me";
    # in UTF-16 the emoji takes 17-19, so "to me" stands at 20-25. Before turn 1 come "T: How was the week?\n"
    # (21) and "C: " (3): 24 more in the whole text.
    session = coded(human("EMP", 1, 2, Span(1, 19, 24)))
    assert session.session.utterances[1].text[19:24] == "to me"
    task = json.loads(export("label-studio", session)["tasks.json"])[0]
    value = task["annotations"][0]["result"][0]["value"]
    assert (value["start"], value["startOffset"], value["endOffset"], value["text"]) == ("1", 20, 25, "to me")
    line = json.loads(export("doccano", session)["session.jsonl"].splitlines()[1])
    assert line["label"] == [[20, 25, "EMP"]]
    cas = json.loads(export("inception", session)["session.json"])["%FEATURE_STRUCTURES"]
    assert [(s["begin"], s["end"]) for s in cas if s.get("code")] == [(44, 49)]
    assert cas[0]["sofaString"].encode("utf-16-le")[88:98].decode("utf-16-le") == "to me"
    (selection,) = refi(export("refi-qda", session))[1].iter("{urn:QDA-XML:project:1.0}PlainTextSelection")
    assert (selection.get("startPosition"), selection.get("endPosition")) == ("43", "48")
    assert refi(export("refi-qda", session))[0][43:48] == "to me"
    assert b"EMP [19:24]" in export("elan", session)["session.eaf"]
    assert b'"EMP [19:24]"' in export("textgrid", session)["session.TextGrid"]
    assert b"%cod:\t$EMP:human:19:24\n" in export("talkbank", session)["session.cha"]
    utterance = json.loads(export("convokit", session)["utterances.jsonl"].splitlines()[1])
    assert utterance["meta"]["codes"] == [{"code": "EMP", "start": 19, "end": 24, "origin": "human", "score": 1.0}]


def refi(content: dict[str, bytes]) -> tuple[str, Any]:
    with zipfile.ZipFile(io.BytesIO(content["session.qdpx"])) as archive:
        project, source = archive.namelist()
        return archive.read(source).decode(), ElementTree.fromstring(archive.read(project))


@pytest.mark.parametrize("writer", CODE_WRITERS, ids=[writer.id for writer in CODE_WRITERS])
def test_the_same_session_gives_the_same_bytes(writer: CodeWriter) -> None:
    session = coded(EMOJI, Marker("W2", 1, 3, 0.7, Origin.MODEL))
    assert export(writer.id, session) == export(writer.id, session)


@pytest.mark.parametrize("format", ["elan", "talkbank", "textgrid"])
def test_a_file_with_codes_is_still_the_transcript(format: str, tmp_path: Path) -> None:
    session = coded(EMOJI, Marker("W2", 1, 3, 0.7, Origin.MODEL))
    raw = read_transcript(save(export(format, session), tmp_path))
    talks = (raw_talk("s1", raw.turns), session_talk(session.session))
    if format == "talkbank":
        # CHAT has a main tier for each utterance.
        first, second = (" ".join(turn.text for turn in talk.turns) for talk in talks)
        assert first == second
    else:
        said, wanted = ([(turn.speaker, turn.text) for turn in talk.turns] for talk in talks)
        assert said == wanted


def test_a_mark_for_utf_8_before_a_projects_text_is_none_of_its_letters(tmp_path: Path) -> None:
    session = coded(EMOJI)
    path = tmp_path / "theirs.qdpx"
    with (
        zipfile.ZipFile(io.BytesIO(export("refi-qda", session)["session.qdpx"])) as ours,
        zipfile.ZipFile(path, "w") as theirs,
    ):
        for name in ours.namelist():
            theirs.writestr(name, b"\xef\xbb\xbf" * name.endswith(".txt") + ours.read(name))
    found = read_human_codes(path, session.session, CODES)
    assert marked(found, session.session) == marked(session.markers, session.session)


def test_label_studio_has_the_model_apart_from_cues() -> None:
    session = coded(Marker("W2", 1, 3, 0.7, Origin.MODEL), Marker("W2", 1, 3, 1.0, Origin.CUE))
    content = export("label-studio", session)
    (task,) = json.loads(content["tasks.json"])
    assert [(p["model_version"], len(p["result"])) for p in task["predictions"]] == [
        ("cue", 1),
        ("alliance-test-0.1", 1),
    ]
    labels = [label.get("value") for label in ElementTree.fromstring(content["labelling.xml"]).iter("Label")]
    assert labels == [code.id for code in BOOKS.codes if code.text_codable]


def test_label_studio_offsets_in_code_points_are_known_by_the_words(tmp_path: Path) -> None:
    session = coded(EMOJI)
    (task,) = json.loads(export("label-studio", session)["tasks.json"])
    value = task["annotations"][0]["result"][0]["value"]
    value.update(startOffset=19, endOffset=24, text="to me")
    path = save({"tasks.json": json.dumps([task]).encode()}, tmp_path)
    assert read_human_codes(path, session.session, CODES)[0].spans == (Span(1, 19, 24),)


def test_label_studio_over_two_paragraphs_and_two_people(tmp_path: Path) -> None:
    session = coded(EMOJI)
    (task,) = json.loads(export("label-studio", session)["tasks.json"])
    result = task["annotations"][0]["result"][0]
    result["value"] = {"start": "2", "end": "3", "startOffset": 42, "endOffset": 11, "paragraphlabels": ["RRR"]}
    path = save({"tasks.json": json.dumps([task]).encode()}, tmp_path)
    found = read_human_codes(path, session.session, CODES)
    # "You are right, I went on without you. What did I miss?": "did I miss?" begins at 43, after a blank.
    assert [session.session.utterances[s.utterance].text[s.start : s.end] for m in found for s in m.spans] == [
        "did I miss?"
    ]
    assert [(m.start, m.end) for m in found if not m.spans] == [(5, 6)]
    task["annotations"].append(task["annotations"][0])
    path = save({"tasks.json": json.dumps([task]).encode()}, tmp_path)
    with pytest.raises(DatasetError, match="2 annotations") as caught:
        read_human_codes(path, session.session, CODES)
    assert caught.value.code == "SEVERAL_PEOPLE"


def test_line_ends_and_blanks_may_change(tmp_path: Path) -> None:
    session = coded(human("EMP", 1, 2, Span(1, 19, 24)))
    text, project = refi(export("refi-qda", session))
    changed = text.replace("\n", "\r\n")
    (selection,) = project.iter("{urn:QDA-XML:project:1.0}PlainTextSelection")
    selection.set("startPosition", str(changed.index("to me")))
    selection.set("endPosition", str(changed.index("to me") + 5))
    source = project.find(".//{*}TextSource").get("guid")
    path = tmp_path / "s.qdpx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("project.qde", ElementTree.tostring(project))
        archive.writestr(f"Sources/{source}.txt", changed.encode())
    assert read_human_codes(path, session.session, CODES)[0].spans == (Span(1, 19, 24),)


def test_elan_tiers_of_their_own_are_placed_by_time(tmp_path: Path) -> None:
    # Turn 1 is 10-19 s, turn 2 is 20-29 s: 17-21 s shares two seconds with turn 1, one with turn 2.
    eaf = export("elan", coded())["session.eaf"].decode()
    slots = '<TIME_SLOT TIME_SLOT_ID="x1" TIME_VALUE="17000"/><TIME_SLOT TIME_SLOT_ID="x2" TIME_VALUE="21000"/>'
    tier = (
        '<TIER LINGUISTIC_TYPE_REF="turn" TIER_ID="My codes"><ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="m1" '
        'TIME_SLOT_REF1="x1" TIME_SLOT_REF2="x2"><ANNOTATION_VALUE>Complaint; w2</ANNOTATION_VALUE>'
        "</ALIGNABLE_ANNOTATION></ANNOTATION></TIER>"
    )
    eaf = eaf.replace("</TIME_ORDER>", f"{slots}</TIME_ORDER>").replace(
        "<LINGUISTIC_TYPE", f"{tier}<LINGUISTIC_TYPE", 1
    )
    path = save({"s.eaf": eaf.encode()}, tmp_path)
    found = read_human_codes(path, coded().session, CODES)
    assert [(marker.code, marker.start, marker.end) for marker in found] == [("Complaint", 1, 3), ("W2", 1, 3)]


def test_elan_codes_on_codes_are_on_the_turn_and_a_circle_is_on_none(tmp_path: Path) -> None:
    eaf = export("elan", coded(human("W2", 1, 3)))["session.eaf"].decode()
    notes = "".join(
        f'<ANNOTATION><REF_ANNOTATION ANNOTATION_ID="{own}" ANNOTATION_REF="{other}">'
        f"<ANNOTATION_VALUE>{code}</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>"
        for own, other, code in (("k1", "n1", "C3"), ("k2", "k3", "C4"), ("k3", "k2", "C5"))
    )
    tier = f'<TIER LINGUISTIC_TYPE_REF="codes" PARENT_REF="codes (human)@C" TIER_ID="second look">{notes}</TIER>'
    path = save({"s.eaf": eaf.replace("<LINGUISTIC_TYPE", f"{tier}<LINGUISTIC_TYPE", 1).encode()}, tmp_path)
    found = read_human_codes(path, coded().session, CODES)
    assert [(marker.code, marker.start, marker.end) for marker in found] == [("C3", 1, 3), ("W2", 1, 3)]


def test_codes_are_known_by_label_and_by_id_with_more_behind_it(tmp_path: Path) -> None:
    table = "turn,code\n0,empathy\n0,W2 minimal\n1,Open question\n2,hope\n"
    found = read_human_codes(save({"c.csv": table.encode()}, tmp_path), coded().session, CODES)
    # A person's own "Open question" is not the code OPEN.
    assert [marker.code for marker in found] == ["EMP", "W2", "Open question", "HOPE"]


@pytest.mark.parametrize(
    ("table", "code", "message"),
    [
        ("turn,label\n0,EMP\n", "COLUMNS", "column code"),
        ("turn,code\n9,EMP\n", "CELL", "line 2: The turn is no number from 0 to 3"),
        ("turn,code\nfirst,EMP\n", "CELL", "from 0 to 3"),
        ("turn,code,start,end\n0,EMP,3,2\n", "CELL", "no stretch"),
        ("turn,code,start,end\n0,EMP,3,\n", "CELL", "no stretch"),
        ("turn,code,start,end\n0,EMP,3,99\n", "CELL", "no stretch"),
        ('turn,code\n0,"EMP\n', "MALFORMED", "line 2"),
        (",,,\n", "COLUMNS", "column turn"),
        ("code,turn\nEMP\n", "CELL", "line 2: The turn"),
    ],
)
def test_a_faulty_table_is_refused_with_its_line(table: str, code: str, message: str, tmp_path: Path) -> None:
    path = save({"c.csv": table.encode()}, tmp_path)
    with pytest.raises(TableError, match=message) as caught:
        read_human_codes(path, coded().session, CODES)
    assert caught.value.code == code


@pytest.mark.parametrize("content", ["[]", "{}", "[1]", '[{"data": 3}]', '{"%FEATURE_STRUCTURES": 3}', "[[[["])
def test_json_of_another_shape_is_refused(content: str, tmp_path: Path) -> None:
    with pytest.raises((DatasetError, TableError)):
        read_human_codes(save({"c.json": content.encode()}, tmp_path), coded().session, CODES)


def test_a_convokit_corpus_is_not_taken_for_doccano(tmp_path: Path) -> None:
    path = save(export("convokit", coded(EMOJI)), tmp_path)
    assert path.suffix == ".jsonl"
    with pytest.raises(DatasetError, match="no labels"):
        read_human_codes(path, coded().session, CODES)


def test_a_file_of_no_such_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"Known: \.json"):
        read_human_codes(save({"c.txt": b"T: so"}, tmp_path), coded().session, CODES)


def test_a_cell_that_begins_like_a_formula_is_disarmed() -> None:
    session = coded(human("EMP", 0, 1), script="T: =1+1\nC: So.")
    rows = list(csv.reader(io.StringIO(export("csv", session)["session.csv"].decode())))
    assert rows[1][-1] == "'=1+1"


def test_long_tables_for_r_by_hand() -> None:
    # Seven utterances: turn 1 has 1 and 2, their middle is at 2/7 = 0.2857; turn 3 has 5 and 6: 6/7 = 0.8571.
    session = coded(Marker("W2", 1, 3, 0.7, Origin.MODEL))
    content = {name: data.decode() for name, data in write_lme4([coding_of(session, BOOKS)]).items()}
    codes = list(csv.DictReader(io.StringIO(content["codes.csv"])))
    assert [(row["turn"], row["present"], row["position"]) for row in codes] == [
        ("1", "1", "0.2857"),
        ("3", "0", "0.8571"),
    ]
    windows = list(csv.DictReader(io.StringIO(content["windows.csv"])))
    assert [row["value"] for row in windows] == ["5.0", "NA"]
    assert set(content) == {"scores.csv", "windows.csv", "codes.csv", "models.R"}
    for name in ("scores.csv", "windows.csv", "codes.csv"):
        assert f'read.csv("{name}")' in content["models.R"]


def test_a_code_that_one_session_lacks_is_absent_in_it_and_not_missing() -> None:
    with_it, without = coded(Marker("W2", 1, 3, 0.7, Origin.MODEL)), coded(name="s2")
    tables = write_lme4([coding_of(with_it, BOOKS), coding_of(without, BOOKS)])
    rows = list(csv.DictReader(io.StringIO(tables["codes.csv"].decode())))
    assert [(row["session_id"], row["present"]) for row in rows] == [("s1", "1"), ("s1", "0"), ("s2", "0"), ("s2", "0")]


def test_marks_beyond_the_turn_and_of_blanks_alone() -> None:
    session = coded().session
    # "How was the week?": code point 3 is a blank.
    assert human_markers(session, [Mark(0, 3, 4, "EMP"), Mark(0, -3, 500, "W2")]) == (human("W2", 0, 1),)


def test_of_the_same_twice_the_likelier_mark_stays() -> None:
    twice = [Marker("W2", 1, 3, score, Origin.MODEL) for score in (0.4, 0.7, 0.5)]
    assert [mark.score for mark in marks_of(coded().session, twice)] == [0.7]


def test_the_document_names_every_format_and_its_unit() -> None:
    document = (Path(__file__).resolve().parents[2] / "docs" / "annotation-tools.md").read_text("utf-8")
    rows = {line.split("|")[1].strip(" `"): line for line in document.splitlines() if line.startswith("| `")}
    assert set(rows) == {"--to", "lme4", "json", *BY_ID}
    for writer in CODE_WRITERS:
        assert writer.offsets in rows[writer.id]
        comes_back = rows[writer.id].split("|")[4].strip() != "no"
        assert comes_back == (writer.id in {reader.id for reader in CODE_READERS})
