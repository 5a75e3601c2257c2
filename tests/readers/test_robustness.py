"""Traps for slow readers: time grows with the input and no faster. Damaged files are those of `fuzz`."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.readers.files import read
from transcript_alliance.errors import TranscriptError

TRAPS: dict[str, Callable[[int], tuple[str, str]]] = {
    "blanks and names that reach no colon": lambda n: ("s.txt", f"A{' ' * n}x\n{'A ' * n}\n{'a-' * n}\n{'1' * n}\n"),
    "many short lines": lambda n: ("s.txt", "a\n" * n),
    "a label again and again": lambda n: ("s.txt", "T: " * n),
    "open brackets": lambda n: ("s.txt", "T: a\n" + "[(" * n + "\n"),
    "tags that never close": lambda n: ("s.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n" + "<v " * n),
    "ampersands": lambda n: ("s.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n" + "&a" * n),
    "lines in two cues": lambda n: ("s.vtt", "WEBVTT\n\n" + 2 * ("00:01.000 --> 00:02.000\n" + "a\n" * n + "\n")),
    "arrows": lambda n: ("s.srt", "-->\n" * n),
    "quotes": lambda n: ("s.csv", "speaker,text\nT," + '""' * n),
    "cells without a delimiter": lambda n: ("s.csv", "speaker,text\n" + "T\n" * min(n, 50_000)),
    "escapes": lambda n: ("s.json", '["' + '\\"' * n),
    "marks of CHAT": lambda n: ("s.cha", "@Begin\n*A:\t" + "[" * n + "(" * n + "<[= " * n + "more words\x15" * n),
    "tiers of CHAT": lambda n: ("s.cha", "@Begin\n" + "*A:\ta\n\tb\n" * min(n, 20_000)),
    "quotes of Praat": lambda n: ("s.TextGrid", '"ooTextFile" "TextGrid" 0 1 <exists> 1' + ' "' + '""' * n),
    "words of Praat": lambda n: ("s.TextGrid", '"ooTextFile" "TextGrid" ' + "x " * n),
    "intervals": lambda n: ("s.TextGrid", praat(n)),
    "annotations": lambda n: ("s.eaf", elan(n)),
    "utterances": lambda n: ("s.jsonl", convokit(n)),
    "a chain of references": lambda n: ("s.eaf", elan(1, n)),
    "keys": lambda n: ("s.json", "[{" + ",".join(f'"k{i}":1' for i in range(n // 10)) + ',"k0":1}]'),
}


def praat(n: int) -> str:
    """A TextGrid of one tier with `n` intervals."""
    intervals = "".join(f'{i} {i + 1} "a"\n' for i in range(n))
    return f'"ooTextFile" "TextGrid" 0 {n} <exists> 1 "IntervalTier" "A" 0 {n} {n}\n{intervals}'


def convokit(n: int) -> str:
    """A ConvoKit conversation of `n` utterances with times."""
    keys = '"conversation_id": "0", "reply_to": null, "speaker": "A", "text": "a"'
    return "".join(f'{{"id": "{i}", {keys}, "timestamp": {i}}}\n' for i in range(n))


def elan(n: int, n_references: int = 0) -> str:
    """An ELAN file of `n` annotations in one tier, and `n_references` in another that each refer to the next."""
    slots = "".join(f'<TIME_SLOT TIME_SLOT_ID="t{i}" TIME_VALUE="{i}"/>' for i in range(n + 1))
    said = "".join(
        f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a{i}" TIME_SLOT_REF1="t{i}" TIME_SLOT_REF2="t{i + 1}">'
        "<ANNOTATION_VALUE>a</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>"
        for i in range(n)
    )
    chain = "".join(
        f'<ANNOTATION><REF_ANNOTATION ANNOTATION_ID="r{i}" ANNOTATION_REF="r{i + 1}"/></ANNOTATION>'
        for i in range(n_references)
    )
    return (
        f'<ANNOTATION_DOCUMENT><TIME_ORDER>{slots}</TIME_ORDER><TIER TIER_ID="A">{said}</TIER>'
        f'<TIER TIER_ID="B" PARENT_REF="A">{chain}</TIER></ANNOTATION_DOCUMENT>'
    )


def cpu_seconds(folder: Path, name: str, content: str) -> float:
    started = time.process_time()
    with suppress(TranscriptError):
        read(folder, name, content)
    return time.process_time() - started


@pytest.mark.parametrize("trap", TRAPS)
def test_time_grows_in_proportion(trap: str, tmp_path: Path) -> None:
    # Four times the input; a quadratic reader would take sixteen times as long. The best of three, since others
    # use the machine too, and a small constant, since nothing is measured exactly at a hundredth of a second.
    small, large = (min(cpu_seconds(tmp_path, *TRAPS[trap](n)) for _ in range(3)) for n in (6_000, 24_000))
    assert large < 8 * small + 0.05


def test_a_three_hour_session_is_read_in_half_a_second(tmp_path: Path) -> None:
    lines = (f"[{n // 1000:02}:{n // 17 % 60:02}:{n % 60:02}] {'TC'[n % 2]}: {'word ' * 15}\n" for n in range(3_000))
    content = "".join(lines)
    assert min(cpu_seconds(tmp_path, "s.txt", content) for _ in range(3)) < 0.5


def test_teeth_the_measure_finds_a_quadratic_reader() -> None:
    def seconds(n: int) -> float:
        started = time.process_time()
        for place in range(n):
            for _ in range(place):
                pass
        return time.process_time() - started

    small, large = (min(seconds(n) for _ in range(3)) for n in (2_000, 8_000))
    assert large > 8 * small + 0.05
