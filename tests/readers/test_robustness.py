"""Whatever the bytes: a transcript or one of our errors, in time that grows with the input and no faster."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from tests.readers.files import SAMPLES, read
from transcript_alliance.errors import TranscriptError
from transcript_alliance.readers import READERS, Reader, read_transcript
from transcript_alliance.session import RawTranscript

ALL = pytest.mark.parametrize("reader", READERS, ids=[reader.id for reader in READERS])
PIECES = (
    b"", b"\n", b"\n\n", b"\0", b"\xff", b'"', b'""', b"'", b":", b": ", b"-->", b"->", b"<v ", b"</v>", b"<", b">",
    b"&lt;", b"&#x202e;", b"{", b"}", b"[", b"]", b",", b"\t", b";", b"\\", b"\\u", b"\\ud83d", b"NOTE", b"WEBVTT",
    b"99:99", b"1e999", b"NaN", b"null", b"T:", b"(", b"\xe2\x80\xae", b"\xef\xbb\xbf", b"\r", b"9" * 50, b"A " * 50,
)  # fmt: skip


def mutated(data: bytes, rng: Random) -> bytes:
    """The bytes with some cut out, doubled, exchanged or replaced by what means something in a format."""
    for _ in range(rng.randint(1, 6)):
        start = rng.randrange(len(data) + 1)
        end = min(len(data), start + rng.choice((0, 1, 2, 5, 20, 200)))
        middle = rng.choice((rng.choice(PIECES), data[start:end] * 2, bytes((rng.randrange(256),))))
        data = data[:start] + middle + data[end:]
    return data


def outcome(path: Path, format: str | None) -> RawTranscript | TranscriptError:
    """The transcript or our error; any other exception goes through and fails the test."""
    try:
        return read_transcript(path, format=format)
    except TranscriptError as error:
        return error


def check_mutations(reader: Reader, folder: Path, n: int, seed: int) -> None:
    rng = Random(seed)
    sample = (SAMPLES / reader.sample).read_bytes()[:3_000]
    path = folder / f"mutated{reader.suffixes[0]}"
    for number in range(n):
        path.write_bytes(mutated(sample, rng))
        found = outcome(path, rng.choice((None, reader.id)))
        if isinstance(found, TranscriptError):
            assert found.__cause__ is None, number
            assert "sigh" not in str(found), number  # a word of the sample
            continue
        assert found.turns, number
        for turn in found.turns:
            assert turn.text.strip(), number
            (turn.text + (turn.speaker or "")).encode("utf-8")  # no half of a character is left
            assert turn.end_s is None or turn.start_s is None or 0 <= turn.start_s <= turn.end_s, number


@ALL
def test_mutated_files(reader: Reader, tmp_path: Path) -> None:
    check_mutations(reader, tmp_path, 300, seed=1)


@pytest.mark.slow
@ALL
def test_many_mutated_files(reader: Reader, tmp_path: Path) -> None:
    check_mutations(reader, tmp_path, 20_000, seed=2)


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
    "keys": lambda n: ("s.json", "[{" + ",".join(f'"k{i}":1' for i in range(n // 10)) + ',"k0":1}]'),
}


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
        text = "ab" * n
        while "b" in text[:200]:
            text = text[1:]  # copies the rest each time
            if len(text) < n:
                break
        return time.process_time() - started

    assert seconds(100_000) > 8 * seconds(25_000) + 0.05
