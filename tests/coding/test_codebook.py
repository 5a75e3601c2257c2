"""The codebooks of the package, and what is said about a file that is wrong."""

from pathlib import Path

import pytest

from transcript_alliance.coding.codebook import Code, load_codebooks
from transcript_alliance.errors import CodebookError
from transcript_alliance.session import Role

BOOKS = load_codebooks()
# fmt: off
THERAPIST = [
    "EMP", "HOPE", "PERS", "WARM", "BOND", "RRR", "VERB", "EXPR", "NEG", "NEG_JUDGE", "NEG_LECTURE", "NEG_DISMISS",
    "NEG_ORDER", "NEG_ARGUE", *(f"R{n}" for n in range(1, 11)), "RX_ADHERE_T", "RX_SIDE_T", "RX_SHARED",
]
CLIENT = [
    *(f"W{n}" for n in range(1, 8)), *(f"C{n}" for n in range(1, 8)), "OPEN", "INSIGHT", "COMMIT", "TRUST", "HOPEC",
    "EXPECT_POS", "EXPECT_NEG", "TYPE1", "TYPE2", "RX_ADHERE", "RX_SIDE", "PROG_ALLIANCE", "STAFF_ALLIANCE",
]
# fmt: on
CODED = [code for code in BOOKS.codes if code.text_codable]

GOOD = """
[codebook]
id = "mine"
label = "My codes"
source = "Our study"

[[code]]
id = "MINE"
label = "My code"
definition = "What counts. Not what does not."
role = "client"
yes = ["i can see the sea"]
no = ["i can see"]

[[code.cues]]
any = ["the sea"]
"""


def test_the_codes_are_those_that_were_agreed() -> None:
    assert sorted(code.id for code in BOOKS.codes if code.role is Role.THERAPIST) == sorted(THERAPIST)
    assert sorted(code.id for code in BOOKS.codes if code.role is Role.CLIENT) == sorted(CLIENT)
    assert [rollup.id for rollup in BOOKS.rollups] == [
        "CARE",
        "EXPECTANCY",
        "SPECIFIC",
        "CONF_THERAPIST",
        "CONF_TREATMENT",
    ]


def test_ids_are_given_once() -> None:
    ids = [code.id for code in BOOKS.codes] + [rollup.id for rollup in BOOKS.rollups]
    assert len(ids) == len(set(ids))
    assert {name: code.id for name, code in BOOKS.by_id.items()} == {code.id: code.id for code in BOOKS.codes}


def test_roll_ups_are_made_of_known_codes_of_both_sides() -> None:
    for rollup in BOOKS.rollups:
        assert {BOOKS.by_id[name].role for name in rollup.codes} == {Role.THERAPIST, Role.CLIENT}
        assert len(set(rollup.codes)) == len(rollup.codes)


def test_skills_of_the_voice_are_not_guessed_from_text() -> None:
    assert [code.id for code in BOOKS.codes if not code.text_codable] == ["VERB", "EXPR"]
    assert all("voice" in code.why_not and not code.cues for code in BOOKS.codes if not code.text_codable)


@pytest.mark.parametrize("code", CODED, ids=[code.id for code in CODED])
def test_a_code_has_its_boundary_and_its_examples(code: Code) -> None:
    assert len(code.yes) >= 6
    assert len(code.no) >= 6
    examples = (*code.yes, *code.no)
    assert len(examples) == len(set(examples))
    assert " not " in code.definition.lower()
    assert code.cues


def test_the_harmful_sub_codes_are_children_of_one() -> None:
    assert [code.id for code in BOOKS.children("NEG")] == [
        "NEG_JUDGE",
        "NEG_LECTURE",
        "NEG_DISMISS",
        "NEG_ORDER",
        "NEG_ARGUE",
    ]
    assert BOOKS.children("EMP") == ()


def test_a_file_of_ones_own_comes_after(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD, encoding="utf-8")
    books = load_codebooks((path,))
    assert books.codes[-1].id == "MINE"
    assert books.codes[-1].source == "Our study"  # its book's, where the code names none
    assert books.codes[:-1] == BOOKS.codes
    assert books.infos[-1].label == "My codes"


def test_books_are_the_same_when_their_files_are(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD, encoding="utf-8")
    mine = load_codebooks((path,))
    assert load_codebooks() == BOOKS
    assert hash(load_codebooks()) == hash(BOOKS)
    assert mine != BOOKS
    path.write_text(GOOD.replace("the sea", "the land"), encoding="utf-8")
    assert load_codebooks((path,)) != mine


FAULTS = {
    "unknown key": ('label = "My code"', 'lable = "My code"', "code MINE", "needs label", "is lable meant as label?"),
    "unknown extra key": ('role = "client"', 'role = "client"\nsorce = "x"', "code MINE", "sorce", "mean source?"),
    "unknown condition": ('any = ["the sea"]', 'any = ["the sea"]\nstart = true', "cues 1", "start", "mean starts?"),
    "unknown table": ("[codebook]", "[codebok]", "", "codebook", ""),
    "missing key": ('label = "My code"\n', "", "code MINE", "needs label", ""),
    "wrong role": ('"client"', '"patient"', "code MINE", "role: got patient", ""),
    "wrong kind": ('any = ["the sea"]', 'any = "the sea"', "cues 1", "any: expected a list", ""),
    "wrong flag": ('any = ["the sea"]', 'any = ["the sea"]\nstarts = "yes"', "cues 1", "true or false", ""),
    "negative number": ('any = ["the sea"]', 'any = ["the sea"]\nmax_words = -1', "cues 1", "got -1", ""),
    "no phrases": ('any = ["the sea"]', "any = []", "cues 1", "needs any", ""),
    "bad phrase": ('"the sea"', '"the|a sea"', "cues 1", "needs square brackets", ""),
    "unknown list": ('"the sea"', '"the <feelin>"', "code MINE", "feelin is not known", "mean feeling?"),
    "unknown parent": ('role = "client"', 'role = "client"\nparent = "OPN"', "code MINE", "OPN", "mean OPEN?"),
    "parent of the other side": ('role = "client"', 'role = "client"\nparent = "EMP"', "code MINE", "parent", ""),
    "unknown code before": (
        'any = ["the sea"]',
        'any = ["x"]\nafter_codes = ["EMPP"]',
        "code MINE",
        "EMPP",
        "mean EMP?",
    ),
    "double id": ('id = "MINE"', 'id = "EMP"', "code EMP", "there already", ""),
    "cues without examples": ('no = ["i can see"]', "no = []", "code MINE", "yes and no examples", ""),
    "reason without need": ('role = "client"', 'role = "client"\nwhy_not = "x"', "code MINE", "why_not", ""),
    "unknown member": (
        "[[code]]",
        '[[rollup]]\nid="A"\nlabel="A"\ndefinition="A"\ncodes=["OPENN"]\n[[code]]',
        "rollup A",
        "OPENN",
        "mean OPEN?",
    ),
    "double list": ("[codebook]", '[words]\nfeeling = ["sad"]\n[codebook]', "words", "feeling", ""),
    "list with a gap": ("[codebook]", '[words]\nlong = ["a ... b"]\n[codebook]', "words", "neither gaps nor lists", ""),
    "broken": ('id = "MINE"', "id = MINE", "line 8", "not valid TOML", ""),
}


@pytest.mark.parametrize(("old", "new", "block", "what", "hint"), FAULTS.values(), ids=list(FAULTS))
def test_a_fault_is_one_line_with_file_and_key(
    tmp_path: Path, old: str, new: str, block: str, what: str, hint: str
) -> None:
    path = tmp_path / "mine.toml"
    assert old in GOOD
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CodebookError) as caught:
        load_codebooks((path,))
    message = str(caught.value)
    assert message.startswith("mine.toml")
    assert "\n" not in message
    assert block in message
    assert what in message
    assert hint in message
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(
    ("content", "code"),
    [(None, "NO_CODEBOOK"), (b"\xff\xfe", "CODEBOOK_ENCODING"), (b"a = [" * 5000, "BROKEN_TOML")],
    ids=["missing", "not UTF-8", "too deep"],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, content: bytes | None, code: str) -> None:
    path = tmp_path / "mine.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CodebookError, match=r"mine\.toml") as caught:
        load_codebooks((path,))
    assert caught.value.code == code
