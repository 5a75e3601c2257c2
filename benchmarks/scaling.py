"""How the time to read a file grows with its size: from 1 to 64 MB in doublings, each format in one run.

    python benchmarks/scaling.py [--largest 64] [--format ID ...]

The files are the sample's turns said again and again. Reading is measured below the limit on turns, which large
files of short turns meet first: each turn is as long as it must be for the file to hold 20,000 of them. A ratio
above 2.3 for a doubling is marked; the time of a 3,000-turn session stands at the end.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

from transcript_alliance.readers import read_transcript

MOST_RATIO = 2.3
MOST_SECONDS = 0.5
WORDS = "I told her that it was raining and she said that nobody minds the rain here. "
N_TURNS = 20_000
Rows = Sequence[tuple[int, str, str]]
"""Second, label and text of each turn."""


def clock(second: int, mark: str = ".") -> str:
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}{mark}000"


def vtt(rows: Rows) -> str:
    return "WEBVTT\n\n" + "".join(f"{clock(s)} --> {clock(s + 1)}\n<v {w}>{t}</v>\n\n" for s, w, t in rows)


def srt(rows: Rows) -> str:
    return "".join(f"{n}\n{clock(s, ',')} --> {clock(s + 1, ',')}\n{w}: {t}\n\n" for n, (s, w, t) in enumerate(rows, 1))


def text(rows: Rows) -> str:
    return "".join(f"[{clock(s)[:8]}] {w}: {t}\n" for s, w, t in rows)


def csv(rows: Rows) -> str:
    return "start,speaker,text\n" + "".join(f'{s},{w},"{t}"\n' for s, w, t in rows)


def tsv(rows: Rows) -> str:
    return "start\tspeaker\ttext\n" + "".join(f"{s}\t{w}\t{t}\n" for s, w, t in rows)


def jsonl(rows: Rows) -> str:
    return "".join(json.dumps({"start": s, "speaker": w, "text": t}) + "\n" for s, w, t in rows)


def talkbank(rows: Rows) -> str:
    head = "@UTF8\n@Begin\n@Languages:\teng\n@Participants:\tTHE Therapist, CLI Client\n"
    names = {"Therapist": "THE", "Client": "CLI"}
    return head + "".join(f"*{names[w]}:\t{t.strip()}\n" for _, w, t in rows) + "@End\n"


def rtf(rows: Rows) -> str:
    return "{\\rtf1\\ansi\n" + "".join(f"{w}: {t}\\par\n" for _, w, t in rows) + "}"


def elan(rows: Rows) -> str:
    slots = "".join(f'<TIME_SLOT TIME_SLOT_ID="t{n}" TIME_VALUE="{n}"/>' for n in range(len(rows) + 1))
    said = {
        name: "".join(_annotation(n, t) for n, (_, w, t) in enumerate(rows) if w == name) for _, name, _ in rows[:2]
    }
    tiers = "".join(f'<TIER TIER_ID="{name}">{annotations}</TIER>' for name, annotations in said.items())
    return f"<ANNOTATION_DOCUMENT><TIME_ORDER>{slots}</TIME_ORDER>{tiers}</ANNOTATION_DOCUMENT>"


def _annotation(n: int, words: str) -> str:
    return (
        f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a{n}" TIME_SLOT_REF1="t{n}" TIME_SLOT_REF2="t{n + 1}">'
        f"<ANNOTATION_VALUE>{words}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>"
    )


def textgrid(rows: Rows) -> str:
    end = len(rows)
    text = f'"ooTextFile"\n"TextGrid"\n0\n{end}\n<exists>\n2\n'
    for name in ("Therapist", "Client"):
        said = "".join(f'{n}\n{n + 1}\n"{t if w == name else ""}"\n' for n, (_, w, t) in enumerate(rows))
        text += f'"IntervalTier"\n"{name}"\n0\n{end}\n{end}\n{said}'
    return text


def deepgram(rows: Rows) -> str:
    # A word takes eleven times its length; with one in eleven the file has about the size that was asked for.
    words = [
        {"word": word, "start": s, "end": s + 0.2, "speaker": n % 2}
        for n, (s, _, t) in enumerate(rows)
        for word in t.split()[::11]
    ]
    return json.dumps({"results": {"channels": [{"alternatives": [{"transcript": "", "words": words}]}]}})


def convokit(rows: Rows) -> str:
    keys = ({"id": str(n), "conversation_id": "0", "reply_to": None} for n in range(len(rows)))
    return "".join(
        json.dumps({**key, "speaker": w, "text": t, "timestamp": s}) + "\n"
        for key, (s, w, t) in zip(keys, rows, strict=True)
    )


def whatsapp(rows: Rows) -> str:
    return "".join(f"[{1 + s // 86400:02}/03/2024, {clock(s % 86400)[:8]}] {w}: {t}\n" for s, w, t in rows)


WRITERS: dict[str, tuple[str, Callable[[Rows], str]]] = {
    "vtt": (".vtt", vtt),
    "srt": (".srt", srt),
    "text": (".txt", text),
    "csv": (".csv", csv),
    "tsv": (".tsv", tsv),
    "jsonl": (".jsonl", jsonl),
    "talkbank": (".cha", talkbank),
    "rtf": (".rtf", rtf),
    "elan": (".eaf", elan),
    "textgrid": (".TextGrid", textgrid),
    "deepgram": (".json", deepgram),
    "convokit": (".jsonl", convokit),
    "whatsapp": (".txt", whatsapp),
}
"""Format -> the ending of its files, and what writes one."""


def rows(n_bytes: int, n_turns: int) -> Rows:
    """`n_turns` turns of about `n_bytes` in all."""
    times = max(1, round(n_bytes / n_turns / len(WORDS)))
    return [(n, ("Therapist", "Client")[n % 2], (WORDS * times).strip()) for n in range(n_turns)]


def seconds(path: Path, best_of: int) -> float:
    found = []
    for _ in range(best_of):
        started = time.process_time()
        assert read_transcript(path).turns
        found.append(time.process_time() - started)
    return min(found)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--largest", type=int, default=64, help="megabytes of the largest file")
    parser.add_argument("--format", action="append", choices=list(WRITERS))
    args = parser.parse_args()
    sizes = [2**n for n in range(20) if 2**n <= args.largest]
    over = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in args.format or WRITERS:
            suffix, write = WRITERS[name]
            times = []
            for megabytes in sizes:
                path = Path(folder, f"s{suffix}")
                # As many turns more as there are bytes more, up to the limit; from there on longer turns.
                path.write_text(write(rows(megabytes * 1_000_000, min(N_TURNS, megabytes * 2_500))), "utf-8")
                times.append(seconds(path, best_of=5 if megabytes < 16 else 2))
            ratios = [after / before for before, after in pairwise(times)]
            slow = [ratio for ratio in ratios if ratio > MOST_RATIO]
            over += len(slow)
            path.write_text(write(rows(300_000, 3_000)), "utf-8")
            session_s = seconds(path, best_of=3)
            over += session_s > MOST_SECONDS
            shown = " ".join(f"{ratio:.2f}{'!' * (ratio > MOST_RATIO)}" for ratio in ratios)
            print(
                f"{name:8} {sizes[0]} MB {times[0]:.2f} s, {sizes[-1]} MB {times[-1]:.2f} s; each doubling {shown}; "
                f"3,000 turns {session_s:.3f} s",
                flush=True,
            )
    print(f"{over} above the bounds ({MOST_RATIO} for a doubling, {MOST_SECONDS} s for a session)")
    return 1 if over else 0


if __name__ == "__main__":
    raise SystemExit(main())
