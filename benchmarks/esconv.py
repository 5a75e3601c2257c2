"""How the shipped bundle reads typed support by lay helpers, on which nothing was trained: ESConv (Liu et al. 2021).

    python benchmarks/esconv.py [--data FOLDER] [--model FOLDER]

After each chat the person who sought help said how well the helper had understood (1 to 5); 196 chats were put aside by
the authors of the set as failed. Prints, each beside its floors, Spearman of the alliance total with that answer, over
all chats and among the failed, and AUC of the total for a chat not being put aside. What was put aside was so by its
length too, which is why the floor by words is high.
"""

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from zero_shot.methods import Array, print_figures, rank_agreement, totals_by_method

from transcript_alliance.alliance.metrics import auroc
from transcript_alliance.pipeline import load_model
from transcript_alliance.segment import segment_session
from transcript_alliance.session import RawTranscript, RawTurn, Session

ROOT = Path(__file__).resolve().parent.parent
SEEKERS = frozenset(["speaker", "usr"])
"""What the two files call the person who seeks help; the other one is the helper."""


def read_chats(folder: Path) -> tuple[list[Session], Array]:
    """The chats in which both sides speak and the seeker answered, and (chats, 2): the answer, 1 = not put aside."""
    failed = json.loads((folder / "FailedESConv.json").read_text("utf-8"))
    kept = map(json.loads, (folder / "esconv_with_survey.jsonl").read_text("utf-8").splitlines())
    sessions, truth = [], []
    for number, (chat, is_kept) in enumerate([(c, 0) for c in failed] + [(c, 1) for c in kept]):
        answer = chat["survey_score"].get("seeker", {}).get("empathy")
        turns = tuple(_turns(chat["dialog"]))
        if answer and len({turn.speaker for turn in turns}) == 2:
            transcript = RawTranscript(str(number), "json", "utf-8", "", turns)
            sessions.append(segment_session(transcript, session_id=str(number), therapist="helper"))
            truth.append((float(answer), float(is_kept)))
    return sessions, np.array(truth)


def _turns(messages: Iterable[dict[str, Any]]) -> Iterable[RawTurn]:
    for line, message in enumerate(messages, start=1):
        text = (message.get("content") or message.get("text") or "").strip()
        if text:
            yield RawTurn("seeker" if message["speaker"] in SEEKERS else "helper", text, line=line)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "esconv_partial")
    parser.add_argument("--model", type=Path, help="bundle; the shipped one when left out")
    options = parser.parse_args()
    if not (options.data / "FailedESConv.json").is_file():
        print("ESConv is not beside the checkout: not measured")
        return
    sessions, truth = read_chats(options.data)
    methods = totals_by_method(sessions, load_model(options.model))
    answer, kept = truth.T
    failed = {name: values[kept == 0] for name, values in methods.items()}
    what = f"understood, as the seeker says, {len(sessions)} chats: Spearman"
    print_figures(what, rank_agreement, answer, methods)
    print_figures(f"the same among {int((kept == 0).sum())} failed ones", rank_agreement, answer[kept == 0], failed)
    print_figures("not put aside as failed: AUC", auroc, kept, methods)


if __name__ == "__main__":
    main()
