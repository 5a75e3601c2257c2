"""Readers of people's own codes: network and words on every turn, learned from coded sessions, folds kept apart."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np

from transcript_alliance.alliance.bundle import CONFIG, TOKENIZER, WEIGHTS, file_sha256
from transcript_alliance.alliance.codes_mix import Mixes, features, fit_mixes
from transcript_alliance.alliance.codes_net import CodesPlan, code_probabilities, fit_codes
from transcript_alliance.alliance.codes_table import CodedTalk, CodesTable, Labels, Variable, shares
from transcript_alliance.alliance.crossfit import load_fold, save_fold
from transcript_alliance.alliance.encoder import AllianceNet
from transcript_alliance.alliance.fit_words import fit_phrases
from transcript_alliance.alliance.people import linked_people, people_folds
from transcript_alliance.alliance.phrases import Array, count_phrases, learn_vocabulary
from transcript_alliance.alliance.predict import BATCH_WINDOWS, LEFT_CONTEXT, RIGHT_CONTEXT
from transcript_alliance.alliance.train import Progress
from transcript_alliance.alliance.turn_words import TurnWords
from transcript_alliance.alliance.windows import PIECE_TOKENS, WINDOW_TOKENS, TurnTokenizer
from transcript_alliance.errors import DatasetError
from transcript_alliance.session import Session

Report = Callable[[str, Progress], None]
_LAYOUT = (WINDOW_TOKENS, PIECE_TOKENS, LEFT_CONTEXT, RIGHT_CONTEXT, BATCH_WINDOWS)
TRAINING_VERSION = 3
"""Raised whenever training or reading changes, so that folds finished by older code are not taken for new ones."""
MIN_CODED = 200
"""Turns of a variable that must be coded for it to be learned (our choice)."""


@dataclass(frozen=True, slots=True, eq=False)
class CodesReader:
    """All that tells the codes of a turn."""

    variables: tuple[Variable, ...]
    net: AllianceNet
    tokenizer: TurnTokenizer
    words: TurnWords
    mixes: Mixes


@dataclass(frozen=True, slots=True, eq=False)
class CodedTurns:
    """What a reader says of a session."""

    probabilities: Array  # (turns, values); those of one variable add up to 1 on every turn
    chosen: Labels  # (turns, variables), place of the value
    by_words: Labels  # (turns, variables), what would have been chosen without the network


@dataclass(frozen=True, slots=True, eq=False)
class CrossCoded:
    """Coded sessions as readers that had not learned from their people saw them."""

    table: CodesTable
    people: tuple[str, ...]
    """One name a session for its therapist and everybody linked to that person."""
    network: tuple[Array, ...]  # (turns, values) a session
    words: tuple[Array, ...]  # (turns, values) a session
    turns: tuple[CodedTurns, ...]
    """What both come to, one a session."""

    def mixes(self) -> Mixes:
        """How network and words make one choice, from all sessions."""
        return _mixes_of(self.table, self.network, self.words, range(len(self.table.talks)))


def require_codable(table: CodesTable, seed: int = 0) -> None:
    """Nothing, when the table can be learned from, and measured on people kept out.

    Raises DatasetError TOO_FEW_PEOPLE, TOO_FEW_SESSIONS or TOO_FEW_TURNS.
    """
    people_folds(linked_people(table.talks), table.name, seed)
    for place, variable in enumerate(table.variables):
        n_coded = sum(int((talk.by_rater[:, :, place] >= 0).any(axis=0).sum()) for talk in table.talks)
        if n_coded < MIN_CODED:
            what = f"code.{variable.name} stands on {n_coded} turns; {MIN_CODED} are the least to learn from"
            raise DatasetError("TOO_FEW_TURNS", what, where=table.name)


def cross_code(
    table: CodesTable, start: Path, recipe: CodesPlan, run_folder: Path, report: Report = lambda _stage, _at: None
) -> CrossCoded:
    """Every session read by a network and by words learned on the sessions of other people.

    A finished fold in `run_folder` is reused when table, start and plan are the same. Raises DatasetError.
    """
    people = linked_people(table.talks)
    folds = people_folds(people, table.name, recipe.seed, recipe.folds)
    key, variables = run_key(table, start, recipe)[:12], table.variables
    tokenizer = TurnTokenizer(start / TOKENIZER)
    network: list[Array] = [np.empty(0)] * len(table.talks)
    words = list(network)
    for fold in np.unique(folds).tolist():
        others = [talk for talk, f in zip(table.talks, folds, strict=True) if f != fold]
        kept_out = np.flatnonzero(folds == fold).tolist()
        path = run_folder / f"codes-{fold}-{key}.npz"
        if not path.is_file():
            stage = f"fold {fold + 1} of {int(folds.max()) + 1}"
            net = fit_codes(others, variables, start, recipe, partial(report, stage))
            save_fold(path, [code_probabilities(net, tokenizer, table.talks[i].session, variables) for i in kept_out])
        phrases = fit_code_words(others, variables)
        places = phrases.vocabulary.places()
        for i, read in zip(kept_out, load_fold(path), strict=True):
            network[i] = read
            words[i] = phrases.scores(count_phrases(table.talks[i].session, places))
    turns: dict[int, CodedTurns] = {}
    for fold in np.unique(folds):
        mixes = _mixes_of(table, network, words, np.flatnonzero(folds != fold).tolist())
        for i in np.flatnonzero(folds == fold).tolist():
            turns[i] = put_together(table.talks[i].session, network[i], words[i], mixes, variables)
    in_order = tuple(turns[i] for i in range(len(table.talks)))
    return CrossCoded(table, tuple(people), tuple(network), tuple(words), in_order)


def fit_reader(
    crossed: CrossCoded, start: Path, recipe: CodesPlan, report: Report = lambda _s, _at: None
) -> CodesReader:
    """A reader that learned from all sessions, put together as those of the folds were."""
    talks, variables = crossed.table.talks, crossed.table.variables
    net = fit_codes(talks, variables, start, recipe, partial(report, "all sessions"))
    words = fit_code_words(talks, variables)
    return CodesReader(variables, net, TurnTokenizer(start / TOKENIZER), words, crossed.mixes())


def read_codes(reader: CodesReader, session: Session) -> CodedTurns:
    """What the reader says of every turn of `session`, whoever speaks."""
    network = code_probabilities(reader.net, reader.tokenizer, session, reader.variables)
    words = reader.words.scores(count_phrases(session, reader.words.vocabulary.places()))
    return put_together(session, network, words, reader.mixes, reader.variables)


def put_together(
    session: Session, network: Array, words: Array, mixes: Mixes, variables: Sequence[Variable]
) -> CodedTurns:
    """What network and words, (turns, values) each, come to on every turn."""
    seen = features(session, words, network)
    likely, by_words = (mix.probabilities(seen, variables) for mix in (mixes.whole, mixes.words))
    return CodedTurns(likely, mixes.whole.choose(likely, variables), mixes.words.choose(by_words, variables))


def choices(turns: Sequence[CodedTurns]) -> tuple[list[Labels], list[Labels]]:
    """What was chosen, and what would have been by words alone, (turns, variables) a session."""
    return [coded.chosen for coded in turns], [coded.by_words for coded in turns]


def fit_code_words(talks: Sequence[CodedTalk], variables: Sequence[Variable]) -> TurnWords:
    """How the phrases of a turn and its neighbours speak for each value."""
    sessions = [talk.session for talk in talks]
    clients, therapists = [talk.client for talk in talks], [talk.therapist for talk in talks]
    vocabulary = learn_vocabulary(sessions, clients, therapists)
    return fit_phrases(sessions, np.concatenate([shares(talk, variables) for talk in talks]), vocabulary)


def run_key(table: CodesTable, start: Path, recipe: CodesPlan) -> str:
    """Hash of all that a fold's result hangs on, as hexadecimal."""
    fixed = [TRAINING_VERSION, _LAYOUT, asdict(recipe), [asdict(v) for v in table.variables]]
    digest = hashlib.sha256(json.dumps(fixed, sort_keys=True).encode())
    for name in (WEIGHTS, TOKENIZER, CONFIG):
        digest.update(file_sha256(start / name).encode())
    for talk in table.talks:
        session = talk.session
        turns = [(session.role(t), session.turn_text(t)) for t in range(len(session.turns))]
        digest.update(json.dumps([session.session_id, talk.therapist, talk.client, turns]).encode())
        digest.update(talk.by_rater.tobytes())
    return digest.hexdigest()


def _mixes_of(table: CodesTable, network: Sequence[Array], words: Sequence[Array], which: Sequence[int]) -> Mixes:
    """Those of some of the sessions."""
    seen = np.concatenate([features(table.talks[i].session, words[i], network[i]) for i in which])
    return fit_mixes(seen, np.concatenate([shares(table.talks[i], table.variables) for i in which]), table.variables)
