"""What `train` learns of other people's codes: two public sets by the protocols that others published on them.

    python benchmarks/own_codes.py annomi epitome [--data FOLDER] [--run FOLDER] [--start FOLDER]

AnnoMI (Wu et al. 2022): therapist behaviour (4 classes) and client talk (3 classes) of 9,699 utterances, five folds
by transcript. The set names nobody: one therapist and one client a transcript are assumed, as in what others published,
though its 133 transcripts come from 119 videos, so that somebody seen twice may stand on both sides.

EPITOME (Sharma et al. 2020): level (0-2) of emotional reactions, interpretations and explorations in 3,084 replies,
parted 75 / 5 / 20 by the post they answer; learned from the 75, measured on the 20.

Both go through the table and the plan of `train`. Each takes about an hour on two cores, so that only those are done
that are named; a run that was stopped goes on where it was.
"""

import argparse
import csv
import io
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from random import Random

from transcript_alliance.alliance.bundle import TOKENIZER
from transcript_alliance.alliance.card import tables
from transcript_alliance.alliance.codes_figures import code_rows
from transcript_alliance.alliance.codes_net import CodesPlan, code_probabilities, fit_codes
from transcript_alliance.alliance.codes_table import COLUMNS, CodesTable, read_codes_table
from transcript_alliance.alliance.crossfit import load_fold, save_fold
from transcript_alliance.alliance.figures import Row
from transcript_alliance.alliance.fit_codes import choices, cross_code, fit_code_words, put_together, run_key
from transcript_alliance.alliance.people import linked_people
from transcript_alliance.alliance.phrases import count_phrases
from transcript_alliance.alliance.train import Progress
from transcript_alliance.alliance.windows import TurnTokenizer
from transcript_alliance.settings import default_bundle

ROOT = Path(__file__).resolve().parent.parent
MECHANISMS = ("emotional-reactions", "interpretations", "explorations")
SHARES = {"train": 0.75, "dev": 0.05, "test": 0.2}
Cells = Sequence[str]


def annomi(data: Path) -> CodesTable:
    """Every utterance; whoever speaks in a transcript is taken to be in no other."""
    rows = []
    with (data / "annomi" / "AnnoMI-simple.csv").open(encoding="utf-8", newline="") as file:
        for r in csv.DictReader(file):
            name, helps = r["transcript_id"], r["interlocutor"] == "therapist"
            codes = (r["main_therapist_behaviour"], "") if helps else ("", r["client_talk_type"])
            rows.append((name, name, name, r["utterance_id"], r["interlocutor"], r["utterance_text"], *codes))
    return _table("annomi", ("behaviour", "talk"), rows)


def epitome(data: Path) -> Mapping[str, CodesTable]:
    """Posts with their replies, as sessions of two turns; all replies to one post are on one side."""
    files = [(data / "epitome" / f"{name}-reddit.csv").open(encoding="utf-8", newline="") for name in MECHANISMS]
    pairs = list(zip(*map(csv.DictReader, files), strict=True))
    for file in files:
        file.close()
    posts = sorted({rows[0]["sp_id"] for rows in pairs})
    Random(0).shuffle(posts)
    ends = [round(len(posts) * share) for share in (SHARES["train"], SHARES["train"] + SHARES["dev"], 1)]
    part = {post: next(p for p, end in zip(SHARES, ends, strict=True) if n < end) for n, post in enumerate(posts)}
    found: dict[str, list[Cells]] = {name: [] for name in SHARES}
    for number, rows in enumerate(pairs):
        post, reply = rows[0]["sp_id"], rows[0]["rp_id"]
        if len({(r["sp_id"], r["rp_id"]) for r in rows}) > 1:
            raise ValueError("the three files do not list the same replies")
        who = (str(number), post, reply)  # one reply is listed twice
        found[part[post]] += [
            (*who, "1", "client", rows[0]["seeker_post"], *("" for _ in MECHANISMS)),
            (*who, "2", "therapist", rows[0]["response_post"], *(r["level"] for r in rows)),
        ]
    return {name: _table(f"epitome {name}", MECHANISMS, rows) for name, rows in found.items()}


def _table(name: str, variables: Iterable[str], rows: Iterable[Cells]) -> CodesTable:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow((*COLUMNS, *(f"code.{variable}" for variable in variables)))
    writer.writerows(rows)
    return read_codes_table(out.getvalue(), name)


def annomi_rows(data: Path, run: Path, start: Path) -> tuple[Row, ...]:
    """Five folds by transcript, all utterances together."""
    table = annomi(data)
    crossed = cross_code(table, start, CodesPlan(), run, show)
    return code_rows(table.talks, table.variables, crossed.people, *choices(crossed.turns))


def epitome_rows(data: Path, run: Path, start: Path) -> tuple[Row, ...]:
    """Learned on one part, measured on another: folds only serve to put network and words together, so three do."""
    parts, plan = epitome(data), CodesPlan(folds=3)
    learned, test = parts["train"], parts["test"]
    variables, sessions = learned.variables, [talk.session for talk in test.talks]
    crossed = cross_code(learned, start, plan, run, show)
    folds = code_rows(learned.talks, variables, crossed.people, *choices(crossed.turns))
    print(f"## epitome, folds of the part that is learned from\n\n{tables(folds)}", flush=True)
    # What the last network reads is kept as the folds are, for all that comes after it takes seconds.
    path = run / f"codes-test-{run_key(learned, start, plan)[:6]}{run_key(test, start, plan)[:6]}.npz"
    if not path.is_file():
        net = fit_codes(learned.talks, variables, start, plan, partial(show, "all"))
        tokenizer = TurnTokenizer(start / TOKENIZER)
        save_fold(path, [code_probabilities(net, tokenizer, session, variables) for session in sessions])
    phrases, mixes = fit_code_words(learned.talks, variables), crossed.mixes()
    words = [phrases.scores(count_phrases(session, phrases.vocabulary.places())) for session in sessions]
    readings = zip(sessions, load_fold(path), words, strict=True)
    turns = [put_together(session, network, said, mixes, variables) for session, network, said in readings]
    return code_rows(test.talks, variables, linked_people(test.talks), *choices(turns))


def show(stage: str, at: Progress) -> None:
    """A line now and then."""
    if at.step == at.steps or at.step % 50 == 0:
        print(f"{stage}: step {at.step} of {at.steps}, loss {at.loss:.3f}", file=sys.stderr, flush=True)


SETS = {"annomi": annomi_rows, "epitome": epitome_rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", metavar="SET", help=f"any of {', '.join(SETS)}")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--run", type=Path, default=ROOT / "runs")
    parser.add_argument("--start", type=Path, default=default_bundle(), help="bundle or encoder to start from")
    args = parser.parse_args()
    if not args.sets:
        print(f"nothing done: each of {', '.join(SETS)} takes about an hour; name them")
    for name in args.sets:
        if name not in SETS:
            parser.error(f"expected any of {', '.join(SETS)}")
        if not (args.data / name).is_dir():
            print(f"{name}: skipped, the public sets are not beside the checkout")
            continue
        print(f"## {name}\n\n{tables(SETS[name](args.data, args.run, args.start))}", flush=True)


if __name__ == "__main__":
    main()
