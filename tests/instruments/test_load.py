"""The instruments that come with the program, and files of a user's own."""

import os
from pathlib import Path

import pytest

from transcript_alliance.errors import InstrumentError
from transcript_alliance.instruments import (
    Direction,
    Instrument,
    Instruments,
    Rater,
    load_instruments,
    read_instrument,
    score_answers,
)

INSTRUMENTS = load_instruments()

SMALL = """
id = "small"
name = "A small scale"
version = "1"
raters = ["client"]
n_items = 4
low = 1
high = 5
step = 1
start = 3
direction = "higher"
scoring = "mean"
total = true
min_answered = 0.5
reversed_items = [2]
licence = "none"
source = "made for this test"

[[subscale]]
id = "first"
label = "First half"
items = [1, 2]

[[subscale]]
id = "second"
label = "Second half"
items = [3, 4]
direction = "lower"

[paraphrase]
2 = "our own words"

[[cut]]
scale = "total"
at = 4
label = "much"
source = "nobody"
"""


def write(folder: Path, text: str, name: str = "small.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


# --- what comes with the program --------------------------------------------------------------------


def test_these_instruments_come_with_the_program() -> None:
    assert INSTRUMENTS.ids == (
        "3rs", "calpas", "fis", "gad-7", "haq-ii", "oq-45", "phq-9", "vpps", "wai-o-iv", "wai-o-s", "wai-s", "wai-sr",
    )  # fmt: skip
    assert len(INSTRUMENTS) == 12


FACTS = {
    # id: raters, items, range of an item, scales with their number of items (None: not known)
    "3rs": ("o", 4, (1, 5), {"withdrawal": 1, "confrontation": 1, "resolution": 1, "therapist_contribution": 1}),
    "calpas": ("cto", 24, (1, 7), {"patient_working_capacity": 6, "patient_commitment": 6,
               "working_strategy_consensus": 6, "therapist_understanding_involvement": 6}),
    "fis": ("o", 8, (1, 5), dict.fromkeys(("verbal_fluency", "hope", "persuasiveness", "emotional_expression",
            "warmth", "empathy", "bond_capacity", "rupture_repair"), 1)),
    "gad-7": ("c", 7, (0, 3), {}),
    "haq-ii": ("ct", 19, (1, 6), {}),
    "oq-45": ("c", 45, (0, 4), {"symptom_distress": 25, "interpersonal_relations": 11, "social_role": 9}),
    "phq-9": ("c", 9, (0, 3), {}),
    "vpps": ("o", 80, (1, 5), dict.fromkeys(("patient_participation", "patient_hostility",
             "patient_psychic_distress", "patient_exploration", "patient_dependency", "therapist_exploration",
             "therapist_warmth_friendliness", "negative_therapist_attitude"))),
    "wai-o-iv": ("o", 36, (1, 7), {"goal": 12, "task": 12, "bond": 12}),
    "wai-o-s": ("o", 12, (1, 7), {"goal": 4, "task": 4, "bond": 4}),
    "wai-s": ("cto", 12, (1, 7), {"goal": 4, "task": 4, "bond": 4}),
    "wai-sr": ("cto", 12, (1, 5), {"goal": 4, "task": 4, "bond": 4}),
}  # fmt: skip


@pytest.mark.parametrize("instrument", INSTRUMENTS.instruments, ids=lambda i: i.id)
def test_published_facts(instrument: Instrument) -> None:
    raters, n_items, ends, subscales = FACTS[instrument.id]
    letters = {"c": Rater.CLIENT, "t": Rater.THERAPIST, "o": Rater.OBSERVER}
    assert instrument.raters == tuple(letters[letter] for letter in raters)
    assert instrument.n_items == n_items
    assert (instrument.low, instrument.high) == ends
    assert {s.id: s.n_items for s in instrument.subscales} == subscales


@pytest.mark.parametrize("instrument", INSTRUMENTS.instruments, ids=lambda i: i.id)
def test_every_file_says_where_it_comes_from_and_has_its_id_as_name(instrument: Instrument) -> None:
    folder = Path(load_instruments.__code__.co_filename).parent
    assert read_instrument(folder / f"{instrument.id}.toml") == instrument
    assert len(instrument.source) > 20
    assert len(instrument.licence) > 20


@pytest.mark.parametrize("instrument", [i for i in INSTRUMENTS if i.items_known and i.subscales], ids=lambda i: i.id)
def test_subscales_share_out_all_items(instrument: Instrument) -> None:
    items = [item for s in instrument.subscales for item in s.items]
    assert sorted(items) == list(range(1, instrument.n_items + 1))


def test_ranges_of_outcome_totals() -> None:
    ranges = {i: INSTRUMENTS.by_id(i).scale_range("total") for i in ("oq-45", "phq-9", "gad-7", "haq-ii")}
    assert ranges == {"oq-45": (0, 180), "phq-9": (0, 27), "gad-7": (0, 21), "haq-ii": (19, 114)}
    assert INSTRUMENTS.by_id("oq-45").scale_range("symptom_distress") == (0, 100)
    assert INSTRUMENTS.by_id("wai-o-iv").scale_range("total") == (1, 7)


def test_outcomes_are_better_when_lower_and_alliance_when_higher() -> None:
    lower = {i.id for i in INSTRUMENTS if i.direction is Direction.LOWER}
    assert lower == {"oq-45", "phq-9", "gad-7"}
    assert INSTRUMENTS.by_id("wai-o-s").scale_direction("total") is Direction.HIGHER
    assert INSTRUMENTS.by_id("3rs").scale_direction("resolution") is Direction.HIGHER
    assert INSTRUMENTS.by_id("3rs").scale_direction("withdrawal") is Direction.NEITHER


def test_cut_points_ascend_within_the_range() -> None:
    cuts = {i.id: [(c.scale, c.at) for c in i.cuts] for i in INSTRUMENTS if i.cuts}
    assert cuts == {
        "gad-7": [("total", 5), ("total", 10), ("total", 15)],  # Spitzer et al. 2006
        "oq-45": [("total", 63), ("symptom_distress", 36)],  # Lambert et al. 1996
        "phq-9": [("total", 5), ("total", 10), ("total", 15), ("total", 20)],  # Kroenke et al. 2001
    }
    assert {i.id: i.reliable_changes[0].points for i in INSTRUMENTS if i.reliable_changes} == {
        "gad-7": 4,
        "oq-45": 14,
        "phq-9": 6,
    }


def test_only_what_the_voice_carries_is_not_codable_from_text() -> None:
    not_codable = {s.id for i in INSTRUMENTS for s in i.subscales if not s.text_codable}
    assert not_codable == {"verbal_fluency", "emotional_expression"}


def test_reversed_items_ask_for_the_problem() -> None:
    wai = INSTRUMENTS.by_id("wai-o-s")
    words = dict(wai.paraphrases)
    assert [n for n in words if "doubts" in words[n] or "different ideas" in words[n]] == list(wai.reversed_items)
    assert len(words) == wai.n_items


def test_a_name_that_does_not_exist_gets_the_nearest() -> None:
    with pytest.raises(InstrumentError, match=r"no instrument wai-os Hint: did you mean wai-o-s\?"):
        INSTRUMENTS.by_id("wai-os")
    wai = INSTRUMENTS.by_id("wai-o-s")
    with pytest.raises(InstrumentError, match=r"no subscale gaol Hint: did you mean goal\?"):
        wai.scale_items("gaol")
    with pytest.raises(InstrumentError, match="no subscale total"):
        INSTRUMENTS.by_id("3rs").scale_range("total")
    assert wai.scale_items("total") == tuple(range(1, 13))
    assert wai.subscale("bond").items == (3, 5, 7, 9)


# --- a user's own file ------------------------------------------------------------------------------


def test_an_extra_file_is_added_last(tmp_path: Path) -> None:
    found = load_instruments((write(tmp_path, SMALL),))
    assert found.ids == (*INSTRUMENTS.ids, "small")
    small = found.by_id("small")
    # first: 5 and 6 - 1 = 5, mean 5; second: 2 and missing, mean 2; total: (5 + 5 + 2) / 3 = 4
    assert score_answers(small, {1: 5, 2: 1, 3: 2}) == {"first": 5, "second": 2, "total": 4}
    assert small.subscale("first").direction is Direction.HIGHER
    assert small.subscale("second").direction is Direction.LOWER
    assert small.paraphrases == ((2, "our own words"),)


def test_an_extra_file_supplies_the_key_that_is_not_known(tmp_path: Path) -> None:
    own = SMALL.replace('"small"', '"calpas"')
    found = load_instruments((write(tmp_path, own),))
    assert found.ids == INSTRUMENTS.ids  # in the place of the one that came with the program
    assert score_answers(found.by_id("calpas"), {1: 3, 2: 3, 3: 3, 4: 3})["total"] == 3


def test_two_extra_files_of_one_id_are_refused(tmp_path: Path) -> None:
    paths = (write(tmp_path, SMALL), write(tmp_path, SMALL, "other.toml"))
    with pytest.raises(InstrumentError, match=r"other\.toml: id: small"):
        load_instruments(paths)


def test_the_hash_follows_what_is_said_not_how_it_is_written(tmp_path: Path) -> None:
    plain = Instruments((read_instrument(write(tmp_path, SMALL)),)).sha256
    same = SMALL.replace("\n", "\r\n").replace("low = 1", "# lowest\r\nlow = 1.0").replace("[1, 2]", "[2, 1]")
    assert Instruments((read_instrument(write(tmp_path, same)),)).sha256 == plain
    for change in (("reversed_items = [2]", "reversed_items = [1]"), ("at = 4", "at = 3"), ('"1"', '"2"')):
        other = Instruments((read_instrument(write(tmp_path, SMALL.replace(*change))),))
        assert other.sha256 != plain, change


def test_a_byte_order_mark_is_no_trouble(tmp_path: Path) -> None:
    assert read_instrument(write(tmp_path, "\ufeff" + SMALL)).id == "small"


REFUSED = {
    # what is wrong: (text to replace, by what), code, what the message says
    "unknown key": (("licence =", "license ="), "UNKNOWN_KEY", "unknown key license Hint: did you mean licence?"),
    "unknown subscale key": (("items = [1, 2]", "itmes = [1, 2]"), "UNKNOWN_KEY", "did you mean subscale.items?"),
    "unknown cut key": (('label = "much"', 'lable = "much"'), "UNKNOWN_KEY", "did you mean cut.label?"),
    "missing key": (("high = 5\n", ""), "MISSING_KEY", "high is missing: a number"),
    "missing subscale key": (('label = "First half"\n', ""), "MISSING_KEY", "subscale.label is missing"),
    "text for a number": (("low = 1", 'low = "one"'), "WRONG_VALUE", "low: expected a number"),
    "true for a number": (("low = 1", "low = true"), "WRONG_VALUE", "low: expected a number"),
    "not a number": (("low = 1", "low = nan"), "WRONG_VALUE", "low: expected a number"),
    "huge number": (("low = 1", "low = -" + "9" * 400), "WRONG_VALUE", "low: expected a number"),
    "no end": (("high = 5", "high = inf"), "WRONG_VALUE", "high: expected a number"),
    "empty text": (('"none"', '" "'), "WRONG_VALUE", "licence: expected text"),
    "bad id": (('"small"', '"Sm all"'), "WRONG_VALUE", "id: expected lower-case"),
    "huge number of items": (("n_items = 4", "n_items = 1000000000"), "WRONG_VALUE", "n_items: expected"),
    "key in the wrong table": (("[paraphrase]\n2 =", "paraphrase ="), "UNKNOWN_KEY", "subscale.paraphrase"),
    "number for tables": (("total =", "reliable_change = 1\ntotal ="), "WRONG_VALUE", "expected tables in double"),
    "unknown rater": (
        ('["client"]', '["clint"]'),
        "WRONG_VALUE",
        "raters: there is no clint Hint: did you mean client",
    ),
    "no rater": (('["client"]', "[]"), "WRONG_VALUE", "raters: expected one or more"),
    "unknown scoring": (('"mean"', '"median"'), "WRONG_VALUE", "scoring: there is no median"),
    "unknown direction": (('"lower"', '"down"'), "WRONG_VALUE", "subscale.direction: there is no down"),
    "range upside down": (("high = 5", "high = 1"), "WRONG_VALUE", "high: expected more than low"),
    "step of nothing": (("step = 1", "step = 0"), "WRONG_VALUE", "step: expected above 0"),
    "step that misses the end": (("step = 1", "step = 3"), "WRONG_VALUE", "step: expected"),
    "start outside": (("start = 3", "start = 6"), "WRONG_VALUE", "start: expected a value from low to high"),
    "start off the middle": (("start = 3", "start = 2"), "WRONG_VALUE", "start: expected the middle"),
    "no answer needed": (("min_answered = 0.5", "min_answered = 0"), "WRONG_VALUE", "min_answered: expected"),
    "more than all": (("min_answered = 0.5", "min_answered = 1.1"), "WRONG_VALUE", "min_answered: expected"),
    "reversed item outside": (("items = [2]", "items = [5]"), "WRONG_VALUE", "reversed_items: expected"),
    "reversed twice": (("items = [2]", "items = [2, 2]"), "WRONG_VALUE", "reversed_items: expected"),
    "item outside": (("[3, 4]", "[3, 5]"), "WRONG_VALUE", "subscale.items: expected items from 1 to n_items"),
    "item twice": (("[3, 4]", "[3, 3]"), "WRONG_VALUE", "subscale.items: expected"),
    "no items": (("items = [3, 4]", "items = []"), "WRONG_VALUE", "subscale.items: expected one item or more"),
    "subscale twice": (('id = "second"', 'id = "first"'), "WRONG_VALUE", "subscale.id: expected each once"),
    "subscale called total": (('id = "second"', 'id = "total"'), "WRONG_VALUE", "none called total"),
    "paraphrase outside": (("2 = ", "9 = "), "WRONG_VALUE", "paraphrase: expected items from 1"),
    "paraphrase of nothing": (("2 = ", "two = "), "WRONG_VALUE", "paraphrase.two: expected item number = text"),
    "cut of nothing": (('scale = "total"', 'scale = "third"'), "WRONG_VALUE", "cut.scale: expected"),
    "broken": (("low = 1", "low = 1 1"), "BROKEN_TOML", "line 7, column 9: not valid TOML"),
    "said twice": (("low = 1", "low = 1\nlow = 1"), "BROKEN_TOML", "not valid TOML"),
    "nested without end": (("low = 1", "low = " + "[" * 5000), "BROKEN_TOML", "not valid TOML"),
}


@pytest.mark.parametrize("wrong", REFUSED)
def test_what_does_not_fit_is_refused_on_one_line_that_names_file_and_key(tmp_path: Path, wrong: str) -> None:
    (old, new), code, message = REFUSED[wrong]
    assert SMALL.count(old) >= 1
    path = write(tmp_path, SMALL.replace(old, new, 1))
    with pytest.raises(InstrumentError) as caught:
        read_instrument(path)
    assert caught.value.code == code
    assert message in str(caught.value)
    assert str(caught.value).startswith("small.toml: ")
    assert "\n" not in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_no_scale_at_all_is_refused(tmp_path: Path) -> None:
    text = SMALL[: SMALL.index("[[subscale]]")].replace("total = true", "total = false")
    with pytest.raises(InstrumentError, match="total: expected true when there are no subscales"):
        read_instrument(write(tmp_path, text))


def test_a_sum_whose_subscales_leave_out_an_item_is_refused(tmp_path: Path) -> None:
    text = SMALL.replace('"mean"', '"sum"')
    assert read_instrument(write(tmp_path, text)).scale_range("total") == (4, 20)
    with pytest.raises(InstrumentError, match=r"subscale\.items: expected each item in one subscale"):
        read_instrument(write(tmp_path, text.replace("[3, 4]", "[3]")))


def test_paths_that_are_no_file_are_refused(tmp_path: Path) -> None:
    os.mkfifo(pipe := tmp_path / "pipe.toml")  # reading it would wait for ever
    large = write(tmp_path, "#" * 1_000_001, "large.toml")
    latin = tmp_path / "latin.toml"
    latin.write_bytes(SMALL.replace("our own", "unsre eignen Wörter").encode("latin-1"))
    expected = {pipe: "NOT_A_FILE", tmp_path: "NOT_A_FILE", large: "TOO_LARGE", latin: "INSTRUMENT_ENCODING"}
    for path, code in {**expected, tmp_path / "none.toml": "NO_INSTRUMENT"}.items():
        with pytest.raises(InstrumentError) as caught:
            read_instrument(path)
        assert caught.value.code == code
