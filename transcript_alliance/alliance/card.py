"""The model card: what a bundle is, how well it did on people it never saw, and what it must not be used for."""

import math
from collections.abc import Iterable, Sequence

from transcript_alliance.alliance.bundle import BundleInfo
from transcript_alliance.alliance.evaluate import Evaluation
from transcript_alliance.alliance.figures import Row
from transcript_alliance.alliance.metrics import Figure
from transcript_alliance.annotations import ScaleQuality
from transcript_alliance.figure_words import floor_words, number, span

TITLES = {
    "wai-o-s": "Alliance (WAI observer form, 1-7)",
    "fis": "Facilitative interpersonal skills (1-5)",
    "calibration": "Calibration",
    "rupture, session": "Ruptures, whole sessions",
    "rupture, event": "Ruptures, events",
    "marker": "Markers, turn by turn",
}


def model_card(info: BundleInfo, evaluation: Evaluation) -> str:
    """MODEL_CARD.md (sections after Mitchell et al. 2019)."""
    trained = info.trained_on
    return f"""# {info.name}

Reads a session's transcript turn by turn: therapist skill markers, the client's side of the alliance, ruptures with
their repair, and from all turns together the observer-rated alliance (goal, task, bond, total; WAI observer form,
1-7) and six facilitative interpersonal skills (1-5).

## Model details
*Turn tagger*: three readers of every turn. A sentence encoder of the MiniLM-L6 family (Apache-2.0), fine-tuned on
windows of {info.trained_on["window_tokens"]} tokens of dialogue with speaker marks; each of {len(info.codes)} codes
attends to the tokens of a turn in its own way, and a linear head gives its probability. A ridge regression on the
phrases (one to three words) of the turn, the one before and the one after. The cues of the codebooks. A logistic
regression makes one probability a code of the three, and two small recurrent networks that go over all turns in both
directions correct it by what came before and after. *Ruptures*: every run of up to 14 turns is weighed by a logistic
regression on what stands at its ends, inside it and beside it, and the likeliest that do not overlap are taken.
*Session scorer*: ridge regression to the twelve items, the six skills and whether a rupture of either kind occurs, from
the logarithm of the mean probability of each code on its side's turns ({len(info.features)} numbers) and from the
phrases of each side, then a straight line to scale points.{_contrast(info)} Only phrases that five or more
clients' sessions hold are learned; they stand in phrases.json. Weights are safetensors; loading runs no code.

## Intended use
Reflection, supervision and research on alliance processes in English-language sessions, by people who read the
transcript beside the numbers. Not a diagnosis, not a risk detector, not for judging or ranking staff, not for
comparing languages or cultures.

## Training data
{trained["sessions"]} authored sessions ({trained["turns"]:,} turns, {trained["therapists"]} therapists,
{trained["clients"]} clients): synthetic, written and rated for this project. The ratings come from careful readers
who followed the manuals, not from certified human raters (see sample_data/DATASHEET.md).

## How it was measured
Five folds; no therapist and no client is on both sides. Scorer, calibration and thresholds of a fold come from the
other four, from readings of sessions that the readers of *their* fold had not seen. The stack is not nested: those
readers had this fold in their training, so the figures may be slightly flattering. Training plan, phrases,
penalties and what describes a rupture were chosen after looking at the first of the five folds and at the whole
corpus, so the figures on sessions held out altogether (HELD_OUT.md beside this card, where it stands) are the
fairer ones.
Intervals are 95% bootstrap intervals over therapists. *Floor* is the best of the simple methods (mean, length only,
tf-idf ridge, cue rules, COMPASS cosine; for ruptures and markers the always-yes answer or chance), those of scales with
an interval by the same draws; *ceiling* is the same measure between two observers.

    transcript-alliance evaluate sample_data/corpus

{tables(evaluation.rows)}
## Limits
- {outdone(evaluation.rows)}
- Tone, pace, silence and faces are not in a transcript: verbal fluency and emotional expression are not scored.
- The training sessions are invented; on real recorded sessions agreement is lower. `make bench` measures it on public
  demonstration sessions where they are at hand; the README holds what it found.
- Much of what the scorer knows it knows from words: on talk in which other words do the work it will be less right
  than here. It says how sure it is from sessions like those it learned from.
- Sub-codes of ruptures and the rarer resolution strategies are weak: read them as hints.
- No figures by gender, race, age or language variety exist: the authored sessions carry no such labels.

## Technical
Training plan: {", ".join(f"{k} {v}" for k, v in trained["plan"].items())}. Plan of the recurrent networks:
{", ".join(f"{k} {v}" for k, v in trained["context_plan"].items())}. Training key `{trained["key"][:16]}`,
encoder sha256 `{trained["encoder_sha256"][:16]}`. Rebuild with `make train`.
"""


def _contrast(info: BundleInfo) -> str:
    """What the card says of sessions that are weighed in another way; nothing where all are weighed alike."""
    if info.contrast is None:
        return ""
    return """ In the hard part
of the corpus, skill was set apart from its usual words; in ordinary talk they go together. So items and skills
have two such regressions, one of all sessions and one of all but the hard part, and a session is scored between the
two, by how much its phrases read like the hard part (logistic regression)."""


def outdone(rows: Sequence[Row]) -> str:
    """Where a simple method did better than the model, as one sentence."""
    worse = [r for r in rows if r.floor_name and (r.floor - r.figure.value) * (-1 if r.measure == "MAE" else 1) > 0]
    if not worse:
        return "No simple method did better on any figure."
    named = "; ".join(f"{r.what} {r.measure} {number(r.figure.value)} against {number(r.floor)}" for r in worse)
    return f"A simple method did better (model against floor): {named}."


def tables(rows: Sequence[Row]) -> str:
    """The figures as Markdown tables, one a task."""
    by_task: dict[str, list[Row]] = {}
    for row in rows:
        by_task.setdefault(row.task, []).append(row)
    return "\n".join(_table(task, group) for task, group in by_task.items())


def _table(task: str, rows: Iterable[Row]) -> str:
    head = ("what", "measure", "value", "95% interval", "n", "floor", "ceiling")
    lines = [f"### {TITLES.get(task, task)}", "", f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    return "\n".join([*lines, *(_line(r) for r in rows)]) + "\n"


def _line(row: Row) -> str:
    f = row.figure
    cells = (row.what, row.measure, number(f.value), interval(f), f"{f.n:,}", floor_text(row))
    return "| " + " | ".join((*cells, number(row.ceiling))) + " |"


def interval(figure: Figure) -> str:
    """Both ends of its interval; empty when there is none."""
    return span(figure.low, figure.high)


def floor_text(row: Row) -> str:
    """The floor with its interval, where it has one, and its name; empty when there is none."""
    return floor_words(row.floor, row.floor_low, row.floor_high, row.floor_name)


def scale_quality(evaluation: Evaluation) -> tuple[ScaleQuality, ...]:
    """What a report prints beside each score, picked out of the figures; a scale without rank agreement has none."""
    by_key = {(r.task, r.what, r.measure): r for r in evaluation.rows}
    found = []
    for (instrument, scale, measure), row in by_key.items():
        if measure != "Spearman" or (instrument, scale, "ICC(2,1)") not in by_key or math.isnan(row.figure.low):
            continue
        ceiling = by_key[instrument, scale, "ICC(2,1)"].ceiling
        found.append(
            ScaleQuality(
                instrument,
                scale,
                row.figure.value,
                row.figure.low,
                row.figure.high,
                by_key[instrument, scale, "MAE"].figure.value,
                row.floor_name,
                0.0 if math.isnan(row.floor) else row.floor,
                None if math.isnan(ceiling) else ceiling,
                row.figure.n,
            )
        )
    return tuple(found)
