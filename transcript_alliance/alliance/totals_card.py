"""The card of a bundle that was learned from people's own ratings, and what must be said of a small corpus."""

from collections.abc import Mapping, Sequence
from typing import Any

from transcript_alliance.alliance.bundle import BundleInfo
from transcript_alliance.alliance.card import outdone, tables
from transcript_alliance.alliance.figures import Row
from transcript_alliance.figure_words import number

FEW_SESSIONS, FEW_CLIENTS = 200, 30
"""Below either the figures are too rough to lean on (our choice)."""


def totals_card(info: BundleInfo, rows: Sequence[Row], warnings: Sequence[str]) -> str:
    """MODEL_CARD.md of such a bundle."""
    trained, base = info.trained_on, info.trained_on["base"]
    said = "".join(f"\n> **Warning.** {warning}\n" for warning in warnings)
    return f"""# {info.name}

Reads a session's transcript turn by turn as {base["name"]} does, and gives these scales, learned from ratings of your
own: {", ".join(info.scales)}.
{said}
## Model details
The readers of turns (network, phrases, cues), their blend and the models of ruptures are those of {base["name"]},
unchanged; its card says how well they do. The session scorer is a ridge regression of each scale on the phrases of each
side and on how often each code is shown, over the phrases that {base["name"]} knows, then a straight line to scale
points. No part of a session was rated by itself, so no course within the session is given.

## Training data
{trained["sessions"]} rated sessions ({trained["turns"]:,} turns, {trained["therapists"]} therapists,
{trained["clients"]} clients, up to {trained["raters"]} raters a session). {base["name"]} had learned from none of them.

## How it was measured
Up to five folds; no therapist and no client is on both sides. Scorer and line of a fold come from the others.
Intervals are 95% bootstrap intervals over therapists (those with a client in common are drawn together). *Floor* is the
best of mean, length only and tf-idf ridge, with its interval by the same draws; *ceiling* is the same measure between
two raters, where two rated. Several rows of a session were averaged.

{tables(rows)}
## Limits
- {outdone(rows)}
- The scale means what your raters meant by it: their training, their range, their clients. On sessions of another kind
  nothing was measured.
- The 90% intervals beside scores are as wide as the errors on people kept out; few people make that width itself rough.
- For reflection, supervision and research, by people who read the transcript beside the numbers. Not a diagnosis, not a
  risk detector, not for judging or ranking staff.
"""


def warnings_of(rows: Sequence[Row], trained: Mapping[str, Any], unlearned: Sequence[str]) -> tuple[str, ...]:
    """What must be said before anybody leans on the figures, a sentence or a few each; empty when nothing must."""
    return (
        *_small(rows, trained["sessions"], trained["clients"]),
        *(
            f"{name}: nothing was learned; readings of people kept out did not rise with their ratings. Every session "
            "gets about the mean rating, and no turn speaks for or against it."
            for name in unlearned
        ),
    )


def _small(rows: Sequence[Row], n_sessions: int, n_clients: int) -> tuple[str, ...]:
    if n_sessions >= FEW_SESSIONS and n_clients >= FEW_CLIENTS:
        return ()
    ranks = [row for row in rows if row.measure == "Spearman" and number(row.figure.low)]
    spans = "; ".join(
        f"{row.task}.{row.what} {number(row.figure.value)}, {number(row.figure.low)} to {number(row.figure.high)}"
        for row in ranks
    )
    figures = f" Rank agreement with the raters, with its 95% interval: {spans}." if spans else ""
    return (
        f"This is a small corpus: {n_sessions} sessions of {n_clients} clients, where {FEW_SESSIONS} and {FEW_CLIENTS} "
        f"would be fair.{figures} With other therapists of the same kind a figure could have come out anywhere in "
        "its interval: one that reaches 0 does not show that anything was learned, and two models whose intervals "
        "overlap cannot be told apart.",
    )
