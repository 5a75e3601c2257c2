"""What of the training recipe matters: the first fold's network trained in other ways, one change at a time.

    python benchmarks/recipes.py all | NAME ... [--corpus FOLDER] [--run FOLDER] [--goemotions FILE]

Printed is the mean average precision of the network alone (no words, no cues, no look at the whole session) on the
people of the first fold, with the processor minutes that training took. The same recipe with another seed says what
chance does. The sessions held out stay out of it, so that no recipe is chosen by them. A recipe takes ten to twenty
processor minutes and its result is kept in the run folder, so that it is not done again.

LoRA: Hu et al. 2022. GoEmotions (Demszky et al. 2020; Apache-2.0): the encoder first learns the 27 emotions of its
43,410 comments, from train.tsv of the simplified version, which is not part of this project.
"""

import argparse
import json
import math
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from recipe_parts.emotions import moved_encoder
from recipe_parts.low_rank import low_rank
from sklearn.metrics import average_precision_score

from transcript_alliance.alliance.bundle import TOKENIZER
from transcript_alliance.alliance.crossfit import N_FOLDS, run_key
from transcript_alliance.alliance.dataset import (
    STRAIN,
    STRATEGIES,
    TURN_CODES,
    RatedSession,
    grouped_folds,
    load_corpus,
)
from transcript_alliance.alliance.encoder import AllianceNet, default_encoder
from transcript_alliance.alliance.predict import read_sessions
from transcript_alliance.alliance.train import Prepared, Progress, TrainPlan, fresh_network, prepare, teach
from transcript_alliance.alliance.turn_figures import MARKER_CODES
from transcript_alliance.alliance.windows import TurnTokenizer

ROOT = Path(__file__).resolve().parent.parent
GROUPS: Mapping[str, Sequence[str]] = {"markers": MARKER_CODES, "strategies": STRATEGIES, "strain": STRAIN}
MIN_MARKED = 4
"""Turns of a fold on which a code must stand for its precision to count."""
LOW_RANK = 32
USUAL = TrainPlan()
HALF_STEPS = replace(USUAL, tokens_a_session=USUAL.tokens_a_session // 2, epochs=2 * USUAL.epochs)
RECIPES_VERSION = 1
"""Raised whenever something of a recipe changes that its plan does not say, so that no result from before is kept."""
Sessions = tuple[RatedSession, ...]
Seen = tuple[tuple[Prepared, ...], float]


def decided(sessions: Sessions) -> Sessions:
    """What half of the observers or more marked is there, the rest is not."""
    return tuple(
        replace(s, turns=np.where(np.isnan(s.turns), np.nan, (s.turns >= 0.5).astype(float))) for s in sessions
    )


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way to train."""

    what: str
    plan: TrainPlan = USUAL
    change: Callable[[AllianceNet], AllianceNet] | None = None
    """What is done to the network before it is taught."""
    truth: Callable[[Sessions], Sessions] | None = None
    with_emotions: bool = False


RECIPES: Mapping[str, Recipe] = {
    "shipped": Recipe("as shipped"),
    "seed": Recipe("as shipped, another seed", replace(USUAL, seed=1)),
    "frozen": Recipe("encoder frozen, the heads alone learn", replace(USUAL, frozen_layers=6)),
    "low-rank": Recipe(f"LoRA, rank {LOW_RANK}", replace(USUAL, lr_encoder=1.5e-3), partial(low_rank, rank=LOW_RANK)),
    "all-layers": Recipe("all layers learn", replace(USUAL, frozen_layers=0)),
    "mean": Recipe("mean of a turn's tokens in place of attention by code", replace(USUAL, lr_attention=0.0)),
    "no-probe": Recipe("heads not taught first", replace(USUAL, probe_passes=0)),
    "dropout": Recipe("dropout .1 in the encoder", replace(USUAL, dropout=0.1)),
    "one-pass": Recipe("one pass", replace(USUAL, epochs=1.0)),
    "two-passes": Recipe("two passes", replace(USUAL, epochs=2.0)),
    "short-steps": Recipe("half as much of a session a step, twice as many steps", HALF_STEPS),
    "short-slow-steps": Recipe(
        "the same, learning rates lower by three tenths",
        replace(
            HALF_STEPS,
            lr_encoder=0.7 * USUAL.lr_encoder,
            lr_head=0.7 * USUAL.lr_head,
            lr_attention=0.7 * USUAL.lr_attention,
        ),
    ),
    "whole": Recipe("sessions whole in each pass", replace(USUAL, tokens_a_session=1_000_000)),
    "as-written": Recipe("nothing left out of what is read", replace(USUAL, drop_punctuation=0.0, drop_token=0.0)),
    "decided": Recipe("a code that half of the observers saw is there, in place of their share", truth=decided),
    "emotions": Recipe("GoEmotions learned first", with_emotions=True),
}


def precision(truth: NDArray[np.float64], read: NDArray[np.float64]) -> dict[str, float]:
    """Mean average precision by group of codes; nan where none of a group is marked often enough."""
    found = {}
    for name, codes in GROUPS.items():
        values = []
        for place in map(TURN_CODES.index, codes):
            asked = ~np.isnan(truth[:, place])
            there = truth[asked, place] >= 0.5
            if there.sum() >= MIN_MARKED:
                values.append(average_precision_score(there, read[asked, place]))
        found[name] = float(np.mean(values)) if values else float("nan")
    return found


def as_seen(plan: TrainPlan) -> TrainPlan:
    """The usual plan but for what of `plan` decides which views of the sessions there are."""
    return replace(
        USUAL,
        epochs=math.ceil(plan.epochs),
        tokens_a_session=plan.tokens_a_session,
        frozen_layers=plan.frozen_layers,
        drop_punctuation=plan.drop_punctuation,
        drop_token=plan.drop_token,
        seed=plan.seed,
    )


def seen(corpus: Sessions, encoder: Path, plan: TrainPlan) -> Seen:
    """What the layers that stay as pretrained make of the sessions, and the processor minutes of it."""
    started = time.process_time()
    found = prepare(corpus, encoder, plan, partial(show, "prepare"))
    return found, (time.process_time() - started) / 60


def measured(
    recipe: Recipe, corpus: Sessions, see: Callable[[Path, TrainPlan], Seen], goemotions: Path, run: Path
) -> dict[str, float]:
    """Precision on the first fold, and the processor minutes that training on the others took."""
    encoder, plan = default_encoder(), recipe.plan
    first = grouped_folds(corpus, N_FOLDS, USUAL.seed) == 0
    started = time.process_time()
    if recipe.with_emotions:
        encoder = moved_encoder(goemotions, encoder, plan.frozen_layers, run, partial(show, "emotions"))
    minutes = (time.process_time() - started) / 60
    views, minutes_of_views = see(encoder, as_seen(plan))
    started = time.process_time()
    prepared = [p for p, out in zip(views, first, strict=True) if not out]
    others = tuple(s for s, out in zip(corpus, first, strict=True) if not out)
    net = fresh_network(encoder, plan)
    if recipe.change:
        net = recipe.change(net)
    net = teach(net, recipe.truth(others) if recipe.truth else others, encoder, plan, prepared, partial(show, "train"))
    minutes += minutes_of_views + (time.process_time() - started) / 60
    own = [s for s, out in zip(corpus, first, strict=True) if out]
    read = np.concatenate(read_sessions(net, TurnTokenizer(encoder / TOKENIZER), [s.session for s in own]))
    return {"minutes": minutes} | precision(np.concatenate([s.turns for s in own]), read)


def bounds(corpus: Sessions) -> dict[str, dict[str, float]]:
    """On the first fold: what chance reaches, and the first reader's marks found by the second's."""
    first = grouped_folds(corpus, N_FOLDS, USUAL.seed) == 0
    own = [s for s, out in zip(corpus, first, strict=True) if out]
    truth = np.concatenate([s.turns for s in own])
    one, other = (np.concatenate([s.turns_by_rater[r] for s in own if len(s.turns_by_rater) == 2]) for r in (0, 1))
    both = np.where(np.isnan(other), np.nan, one)
    return {"chance": precision(truth, np.zeros_like(truth)), "one reader for the other": precision(both, other)}


def show(stage: str, at: Progress) -> None:
    """A line now and then."""
    if at.step == at.steps or at.step % 100 == 0:
        print(f"  {stage}: {at.step} of {at.steps}", file=sys.stderr, flush=True)


def table(found: Mapping[str, Mapping[str, float]]) -> str:
    """Markdown, a row for what each name stands for; without minutes where nothing was trained."""
    head = ["recipe", *GROUPS, "processor minutes"]
    rows = [
        [what, *(f"{row[group]:.3f}" for group in GROUPS), f"{row['minutes']:.0f}" if "minutes" in row else ""]
        for what, row in found.items()
    ]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipes", nargs="*", metavar="NAME", help=f"all, or any of {', '.join(RECIPES)}")
    parser.add_argument("--corpus", type=Path, default=ROOT / "sample_data" / "corpus")
    parser.add_argument("--run", type=Path, default=ROOT / "runs")
    parser.add_argument("--goemotions", type=Path, default=ROOT.parent / "shared" / "data" / "goemotions" / "train.tsv")
    options = parser.parse_args()
    names = list(RECIPES) if options.recipes == ["all"] else options.recipes
    if not names:
        print("nothing done: a recipe takes ten to twenty processor minutes; name some, or all")
        return
    if unknown := [name for name in names if name not in RECIPES]:
        parser.error(f"expected any of {', '.join(RECIPES)}, found {unknown[0]}")
    corpus = load_corpus(options.corpus)
    options.run.mkdir(parents=True, exist_ok=True)
    found = {}
    see = lru_cache(maxsize=1)(partial(seen, corpus))  # most recipes see the sessions alike
    for name in names:
        recipe = RECIPES[name]
        if recipe.with_emotions and not options.goemotions.is_file():
            print(f"{recipe.what}: skipped, the comments are not beside the checkout")
            continue
        key = run_key(corpus, default_encoder(), recipe.plan)[:12]
        kept = options.run / f"recipe-{RECIPES_VERSION}-{name}-{key}.json"
        if not kept.is_file():
            print(recipe.what, file=sys.stderr, flush=True)
            kept.write_text(json.dumps(measured(recipe, corpus, see, options.goemotions, options.run)), "utf-8")
        found[recipe.what] = json.loads(kept.read_text("utf-8"))
    print(table(found | bounds(corpus)))


if __name__ == "__main__":
    main()
