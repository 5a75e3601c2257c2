"""Every sentence of the summary names turns, and goes when its evidence goes."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.report.page import parse
from tests.report.samples import LABELS, poor, strong
from transcript_alliance.annotations import CodedSession, Marker, Origin, Resolution, RuptureKind
from transcript_alliance.report import render_html
from transcript_alliance.report.context import Context
from transcript_alliance.report.labels import CodeLabel, Family
from transcript_alliance.report.summary import MOST_TURNS, Sentence, summary
from transcript_alliance.report.words import load_words
from transcript_alliance.session import Role


def sentences(coded: CodedSession) -> tuple[tuple[Sentence, ...], tuple[Sentence, ...]]:
    found = summary(Context(coded, LABELS, load_words()))
    return found.strengths, found.second_look


def all_texts(coded: CodedSession) -> str:
    return "\n".join(s.text for part in sentences(coded) for s in part)


@pytest.mark.parametrize("make", [strong, poor])
def test_every_sentence_names_turns_of_the_session(make: Callable[[], CodedSession]) -> None:
    coded = make()
    page = parse(render_html(coded, LABELS))
    shown = page.find("li", "sentence")
    expected = [s for part in sentences(coded) for s in part]
    assert len(shown) == len(expected) > 3
    for element, sentence in zip(shown, expected, strict=True):
        linked = [int(a.attributes["href"][2:]) for a in element.find("span", "refs")[0].find("a")]
        assert linked == list(sentence.turns)
        assert linked
        assert all(1 <= n <= len(coded.session.turns) for n in linked)


def without_markers(code: str) -> Callable[[CodedSession], CodedSession]:
    return lambda c: replace(c, markers=tuple(m for m in c.markers if m.code != code))


def without_evidence(coded: CodedSession) -> CodedSession:
    return replace(coded, scores=tuple(replace(s, evidence_for=(), evidence_against=()) for s in coded.scores))


@pytest.mark.parametrize(
    ("make", "remove", "text"),
    [
        (strong, without_markers("WARM"), "Warmth showed"),
        (strong, without_markers("OPEN"), "Going deeper showed"),
        (strong, lambda c: replace(c, events=()), "The client moved away"),
        (strong, lambda c: replace(c, windows=()), "rose from"),
        (strong, without_evidence, "average helper"),
        (strong, lambda c: replace(c, scores=()), "Facilitative Interpersonal Skills"),
        (poor, without_markers("NEG"), "“Steering over the client”"),
        (poor, lambda c: replace(c, events=c.events[3:4]), "found no answer"),
        (poor, lambda c: replace(c, events=c.events[:3]), "the strain stayed"),
        (poor, lambda c: replace(c, windows=()), "fell from"),
        (poor, without_evidence, "the ranges lie wholly below 3"),
    ],
)
def test_a_sentence_goes_with_its_evidence(
    make: Callable[[], CodedSession], remove: Callable[[CodedSession], CodedSession], text: str
) -> None:
    assert text in all_texts(make())
    assert text not in all_texts(remove(make()))


def test_nothing_found_is_nothing_said() -> None:
    coded = replace(strong(), markers=(), events=(), scores=(), windows=())
    assert sentences(coded) == ((), ())
    page = parse(render_html(coded, LABELS))
    assert not page.find("li", "sentence")
    assert "nothing in the words passed the bar" in page.find("section", "summary")[0].text


def test_strengths_come_first_also_in_a_poor_session() -> None:
    page = parse(render_html(poor(), LABELS))
    headings = [h.text for h in page.find("section", "summary")[0].find("h3")]
    assert headings == ["What carried the session", "Worth a second look"]
    assert "Empathy showed in 1 of 22 therapist turns." in sentences(poor())[0][0].text


def test_counts_are_turns_not_markers_and_listeners_signals_are_no_turns() -> None:
    """Warmth is marked in turns 7, 17, 25, 37, 41 and 45: 6; 23 therapist turns less one "Mm-hm": 22."""
    coded = strong()
    twice = (*coded.markers, *(m for m in coded.markers if m.code == "WARM"))
    (warmth,) = [s for s in sentences(replace(coded, markers=twice))[0] if s.text.startswith("Warmth")]
    assert warmth.text == "Warmth showed in 6 of 22 therapist turns."
    assert warmth.turns == (7, 17, 25, 37, 41, 45)
    assert warmth.quote is not None
    assert warmth.quote.number == 37  # the surest, .90


def test_cues_are_never_added_to_the_model_and_a_readers_marks_stand_alone() -> None:
    coded = strong()
    turn = coded.session.turns[0]
    extra = (
        Marker("WARM", turn.start, turn.end, 1.0, Origin.CUE),
        Marker("WARM", turn.start, turn.end, 1.0, Origin.HUMAN),
    )
    fewer = tuple(m for m in coded.markers if m.code == "WARM")
    assert [s.text for s in sentences(replace(coded, markers=(*fewer, *extra)))[0][:2]] == [
        "Warmth showed in 6 of 22 therapist turns.",
        "Warmth was marked by a reader in 1 therapist turn.",
    ]
    only = replace(coded, markers=extra)
    assert [s.text for s in sentences(only)[0][:2]] == [
        "Warmth showed in 1 of 22 therapist turns, by word cues.",
        "Warmth was marked by a reader in 1 therapist turn.",
    ]


def test_a_sub_code_counts_with_its_wider_code() -> None:
    """Steering is marked in 10 turns; 2 more carry only its sub-code, and 1 of the 10 carries both: 12 turns."""
    lecture = CodeLabel("LECT", "Lecturing", "", Family.HINDRANCE, Role.THERAPIST, "NEG")
    labels = replace(LABELS, codes=(*LABELS.codes, lecture))
    coded = poor()
    session = coded.session
    extra = tuple(
        Marker("LECT", session.turns[n - 1].start, session.turns[n - 1].end, 0.9, Origin.MODEL) for n in (1, 3, 7)
    )
    context = Context(replace(coded, markers=(*coded.markers, *extra)), labels, load_words())
    texts = [s.text for s in summary(context).second_look]
    said = "12 of 22 therapist turns may have sounded other than was meant (“Steering over the client”)."
    assert said in texts
    assert not [text for text in texts if "Lecturing" in text]
    loop = replace(LABELS, codes=(replace(lecture, code="NEG", parent="LECT"), lecture))
    assert Context(coded, loop, load_words()).widest("LECT").code == "NEG"  # a circle ends, too


def test_many_turns_are_named_up_to_a_limit_and_the_rest_counted() -> None:
    (steering,) = [s for s in sentences(poor())[1] if "Steering" in s.text]
    assert (
        steering.text == "10 of 22 therapist turns may have sounded other than was meant (“Steering over the client”)."
    )
    assert (len(steering.turns), steering.more) == (MOST_TURNS, 2)
    page = parse(render_html(poor(), LABELS))
    (item,) = [li for li in page.find("li", "sentence") if "Steering" in li.text]
    assert re.search(r"Turns 3, 5, .* and 2 more", item.text)


def test_ruptures_that_ended_alike_share_a_sentence() -> None:
    texts = [s for s in sentences(poor())[1] if "moved" in s.text]
    assert [(s.text, s.turns) for s in texts] == [
        ("In 2 moments the client moved away, and the model found no answer to them in the words.", (6, 24)),
        (
            "The client moved against the therapist or the work (Complaint about activities), "
            "and the model found no answer to it in the words.",
            (14,),
        ),
        (
            "The client moved against the therapist or the work (Complaint about activities), "
            "and the therapist answered in the very next turn; the strain stayed.",
            (37, 38, 39),  # the client's surest words, 38, and the answers
        ),
    ]


@pytest.mark.parametrize("resolution", list(Resolution))
@pytest.mark.parametrize("kind", list(RuptureKind))
def test_every_kind_and_outcome_has_its_words(kind: RuptureKind, resolution: Resolution) -> None:
    coded = strong()
    event = replace(coded.events[0], kind=kind, resolution=resolution, markers=())
    parts = sentences(replace(coded, markers=(), scores=(), windows=(), events=(event, event)))
    (sentence,) = parts[0] if resolution is Resolution.RESOLVED else parts[1]
    assert parts[resolution is Resolution.RESOLVED] == ()
    assert "In 2 moments" in sentence.text


def test_a_change_is_told_only_when_the_ranges_do_not_meet() -> None:
    """4.1 with .8 either side ends at 4.9; 6.3 begins at 5.5. With 1.2 either side, 5.3 and 5.1 overlap."""
    coded = strong()
    assert "Task rose from 4.1 (3.3 to 4.9) in turns 6 to 16 to 6.3 (5.5 to 7.0) in turns 35 to 46" in all_texts(coded)
    wide = tuple(
        replace(w, scores=tuple(replace(s, low=(s.value or 0) - 1.2, high=(s.value or 0) + 1.2) for s in w.scores))
        for w in coded.windows
    )
    assert "rose from" not in all_texts(replace(coded, windows=wide))


def test_scales_count_only_with_their_whole_range() -> None:
    texts = all_texts(strong())
    assert "Alliance bond capacity" in texts  # 3.5 to 4.9 lies above 3
    assert "Rupture-repair responsiveness" not in texts  # 2.9 to 5.0 holds the average, 3
