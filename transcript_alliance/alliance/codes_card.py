"""The card of a model of people's own codes, and what must be said before anybody leans on it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from transcript_alliance.alliance.card import outdone, tables
from transcript_alliance.alliance.codes_bundle import CodesInfo
from transcript_alliance.alliance.codes_figures import COMMONEST, WORDS
from transcript_alliance.alliance.codes_mix import CodesMix
from transcript_alliance.alliance.figures import Row
from transcript_alliance.alliance.phrases import MIN_CLIENTS, MIN_THERAPISTS
from transcript_alliance.figure_words import number

FEW_CLIENTS, FEW_OF_A_VALUE = 30, 100
"""Below either the figures are too rough to lean on (our choice)."""


def codes_card(info: CodesInfo, mix: CodesMix, rows: Sequence[Row], warnings: Sequence[str]) -> str:
    """MODEL_CARD.md of such a model."""
    powers = _listed([f"{v.name} {power:g}" for v, power in zip(info.variables, mix.powers, strict=True)])
    trained = info.trained_on
    asked = "\n".join(
        f"- **{v.name}**, asked of turns of {_listed([role.value for role in v.roles])}: {_listed(v.values)}"
        for v in info.variables
    )
    said = "".join(f"\n> **Warning.** {warning}\n" for warning in warnings)
    return f"""# {info.name}

Gives every turn of a session a code of your own:
{asked}
{said}
## Model details
A sentence encoder of the BERT type, fine-tuned from {trained["start"]["name"]} on windows of dialogue with speaker
marks; each value attends to the tokens of a turn in its own way, and a linear head gives its odds. Beside it a ridge
regression on the phrases (one to three words) of the turn, the one before and the one after. A multinomial logistic
regression makes probabilities of what both say and of the turn's length. Only phrases that the sessions of
{MIN_CLIENTS} or more clients and of {MIN_THERAPISTS} or more therapists hold are learned; they stand in phrases.json.
Chosen is the value that is likeliest for how common it is: probabilities are divided by a power of how often the value
was given, so that rare ones have a fair chance. The power (0 to 1) is that by which accuracy and macro-F1 add up to
most:
{powers}.

## Training data
{trained["sessions"]:,} sessions with {trained["coded"]:,} coded turns of {trained["therapists"]:,} therapists and
{trained["clients"]:,} clients, up to {trained["raters"]} raters a turn.

## How it was measured
Up to five folds; no therapist and no client is on both sides. What is chosen on a turn stands against what most
raters said of it. Intervals are 95% bootstrap intervals over people (those linked by a session are drawn together).
Macro-F1 is the mean over the values that were given or chosen. *Floor* is the better of two: always the commonest,
and words only, which is the same regression on phrases and length without the network. *Ceiling* is the same measure
between two raters, where two coded. What puts network and words of a fold together comes from the other folds, whose
networks had this fold in their training, so the figures may be slightly flattering.

{tables(rows)}
## Limits
- {outdone(rows)}
- The values mean what your raters meant by them: their training, their clients, their kind of talk. On sessions of
  another kind nothing was measured.
- Probabilities add up to 1 over the values of a code even on turns that none of them fits.
- For reflection, supervision and research, by people who read the transcript beside the codes. Not a diagnosis, not a
  risk detector, not for judging or ranking staff.
"""


def codes_warnings(rows: Sequence[Row], trained: Mapping[str, Any], counts: Mapping[str, int]) -> tuple[str, ...]:
    """What must be said, a sentence or a few each; empty when nothing must.

    `counts` are the turns of each value, by `code.variable = value`.
    """
    return (*_few_people(trained["clients"]), *_rare(counts), *_unlearned(rows, counts))


def _few_people(n_clients: int) -> Iterator[str]:
    if n_clients < FEW_CLIENTS:
        yield (
            f"These are turns of {n_clients} clients, where {FEW_CLIENTS} would be fair: with other people of the same "
            "kind a figure could have come out anywhere in its interval."
        )


def _rare(counts: Mapping[str, int]) -> Iterator[str]:
    rare = [f"{name} ({n})" for name, n in counts.items() if n < FEW_OF_A_VALUE]
    if rare:
        yield f"Values that stand on fewer than {FEW_OF_A_VALUE} turns are hardly learned: {'; '.join(rare)}."


def _unlearned(rows: Sequence[Row], counts: Mapping[str, int]) -> Iterator[str]:
    """A code whose reading is no better than the simple methods."""
    for row in rows:
        if row.measure != "macro-F1":
            continue
        simple = _commonest_f1(row.task, counts)
        read = f"{row.task}: macro-F1 {number(row.figure.value)} on people kept out"
        if not row.figure.value > simple:
            yield f"{read} is not above {number(simple)}, that of {COMMONEST}; do not use it."
        if row.floor_name == WORDS and row.figure.value < row.floor:
            yield f"{read} is below {number(row.floor)}, that of {WORDS}: the network adds nothing."


def _commonest_f1(task: str, counts: Mapping[str, int]) -> float:
    """Macro-F1 of giving every turn the commonest value: that one's recall is 1 and its precision its share."""
    turns = [n for name, n in counts.items() if n and name.startswith(f"{task} = ")]
    share = max(turns) / sum(turns)
    return 2 * share / (1 + share) / len(turns)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
