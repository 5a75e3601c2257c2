"""ELAN annotation files."""

from pathlib import Path

import pytest

from tests.readers.files import noted, read, said
from transcript_alliance.errors import FormatError, ReadError, TierError


def slots(*times: int | None) -> str:
    return "".join(
        f'<TIME_SLOT TIME_SLOT_ID="ts{n}"' + ("" if time is None else f' TIME_VALUE="{time}"') + "/>"
        for n, time in enumerate(times, 1)
    )


def tier(name: str, *annotations: tuple[int, int, str], more: str = "") -> str:
    inside = "".join(
        f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a{start}" TIME_SLOT_REF1="ts{start}" '
        f'TIME_SLOT_REF2="ts{end}"><ANNOTATION_VALUE>{text}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>'
        for start, end, text in annotations
    )
    return f'<TIER TIER_ID="{name}" LINGUISTIC_TYPE_REF="t"{more}>{inside}</TIER>'


def references(parent: str, **pairs: str) -> str:
    """A tier below `parent` whose annotations refer to others."""
    inside = "".join(
        f'<ANNOTATION><REF_ANNOTATION ANNOTATION_ID="{own}" ANNOTATION_REF="{other}"><ANNOTATION_VALUE>heronwing'
        "</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>"
        for own, other in pairs.items()
    )
    return f'<TIER TIER_ID="codes" PARENT_REF="{parent}" LINGUISTIC_TYPE_REF="r">{inside}</TIER>'


def eaf(times: str, *tiers: str, doctype: str = "", units: str = "milliseconds") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{doctype}<ANNOTATION_DOCUMENT><HEADER TIME_UNITS="{units}"/>'
        f"<TIME_ORDER>{times}</TIME_ORDER>{''.join(tiers)}</ANNOTATION_DOCUMENT>"
    )


TALK = (tier("Ann", (1, 2, "so &amp; how?"), (5, 6, "good")), tier("Ben", (3, 4, "fine")))
TIMES = slots(0, 1000, 1500, 2000, 2500, 3000)
SAID = [("Ann", "so & how?"), ("Ben", "fine"), ("Ann", "good")]


def test_tiers_are_merged_by_time(tmp_path: Path) -> None:
    raw = read(tmp_path, "s.eaf", eaf(TIMES, *TALK))
    assert said(raw) == SAID
    assert [(t.start_s, t.end_s) for t in raw.turns] == [(0.0, 1.0), (1.5, 2.0), (2.5, 3.0)]
    assert (raw.format, raw.notes) == ("elan", ())


def test_the_participant_is_the_speaker_and_the_default_tier_is_nobody(tmp_path: Path) -> None:
    tiers = (tier("A", (1, 2, "so"), more=' PARTICIPANT="Ann Lee"'), tier("default", (3, 4, "fine")))
    assert said(read(tmp_path, "s.eaf", eaf(TIMES, *tiers))) == [("Ann Lee", "so"), (None, "fine")]


def test_tiers_that_depend_on_another_are_no_talk(tmp_path: Path) -> None:
    raw = read(tmp_path, "s.eaf", eaf(TIMES, *TALK, references("Ann", r1="a1", r2="a9999")))
    assert said(raw) == SAID
    assert noted(raw) == {"W_SKIPPED": 1}  # a9999 is not there


@pytest.mark.parametrize(
    "extra",
    [
        references("Ann", r0="r1", r1="r2", r2="r0"),
        references("Ann", r0="r0"),
        references("Ann", r0="a1", r1="r2", r2="r1"),
        '<TIER TIER_ID="x" PARENT_REF="y"/><TIER TIER_ID="y" PARENT_REF="x"/>',
    ],
)
def test_circles_are_refused(tmp_path: Path, extra: str) -> None:
    with pytest.raises(TierError, match=r"^s\.eaf: (Annotations|Tiers) refer to each other in a circle\.$") as caught:
        read(tmp_path, "s.eaf", eaf(TIMES, *TALK, extra))
    assert caught.value.code == "MALFORMED"


def test_a_long_chain_of_references_is_no_circle(tmp_path: Path) -> None:
    chain = {f"r{n}": f"r{n + 1}" for n in range(20_000)} | {"r20000": "a1"}
    assert said(read(tmp_path, "s.eaf", eaf(TIMES, *TALK, references("Ann", **chain)))) == SAID


def test_slots_without_a_time_keep_their_place(tmp_path: Path) -> None:
    raw = read(tmp_path, "s.eaf", eaf(slots(0, 1000, None, None, 2500, 3000), *TALK))
    assert said(raw) == SAID
    assert [(t.start_s, t.end_s) for t in raw.turns] == [(0.0, 1.0), (None, None), (2.5, 3.0)]
    assert noted(raw) == {"W_TIMES": 1}


def test_slots_in_any_order(tmp_path: Path) -> None:
    # The slots of the third turn stand first, as other programs write them.
    raw = read(tmp_path, "s.eaf", eaf(slots(2500, 3000, 1500, 2000, 0, 1000), *TALK[::-1]))
    assert said(raw) == [("Ann", "good"), ("Ben", "fine"), ("Ann", "so & how?")]
    assert [t.start_s for t in raw.turns] == [0.0, 1.5, 2.5]


@pytest.mark.parametrize(
    ("times", "units"),
    [
        (slots(0, 1000, 9000, 2000, 2500, 3000), "milliseconds"),
        (TIMES.replace('"1500"', '"soon"'), "milliseconds"),
        (TIMES.replace("ts3", "ts33"), "milliseconds"),
        (TIMES, "NTSC-frames"),
    ],
)
def test_times_that_make_no_sense_are_noted(tmp_path: Path, times: str, units: str) -> None:
    raw = read(tmp_path, "s.eaf", eaf(times, *TALK, units=units))
    assert sorted(said(raw)) == sorted(SAID)
    assert noted(raw)["W_TIMES"] >= 1
    assert next(t for t in raw.turns if t.speaker == "Ben").start_s is None


LAUGHS = "<!DOCTYPE d [<!ENTITY a0 'heronwing'>" + "".join(
    f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10)
)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(eaf(TIMES, *TALK, doctype=f"{LAUGHS}]>").replace("fine", "&a9;"), "UNSAFE_XML", id="laughs"),
        pytest.param(eaf(TIMES, *TALK, doctype='<!DOCTYPE d [<!ENTITY a SYSTEM "x.txt">]>'), "UNSAFE_XML", id="file"),
        pytest.param(eaf(TIMES, *TALK).encode()[:-60], "MALFORMED", id="cut short"),
        pytest.param(eaf(TIMES, *TALK).replace("</TIER>", ""), "MALFORMED", id="not closed"),
        pytest.param(eaf(TIMES, "<x>" * 60_000 + "</x>" * 60_000), "LIMIT", id="deep"),
        pytest.param(eaf(TIMES, tier("Ann")), "NO_TURNS", id="no talk"),
    ],
)
def test_what_is_refused(tmp_path: Path, content: str | bytes, code: str) -> None:
    with pytest.raises(ReadError) as caught:
        read(tmp_path, "s.eaf", content)
    assert caught.value.code == code
    assert caught.value.__cause__ is None
    assert "heronwing" not in str(caught.value)


def test_another_root(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"Not an ELAN file: the root element is 'svg'\."):
        read(tmp_path, "s.eaf", '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>')
    # What stands there in a damaged file may have been said.
    with pytest.raises(FormatError, match=r"the root element is not 'ANNOTATION_DOCUMENT'\.") as caught:
        read(tmp_path, "s.eaf", '<?xml version="1.0"?><heronwing/>')
    assert "heronwing" not in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    text = eaf(TIMES, *TALK).replace("UTF-8", encoding.removesuffix("-sig")).replace("fine", "“schön”")
    assert said(read(tmp_path, "s.eaf", text.encode(encoding)))[1] == ("Ben", "“schön”")
