"""A model from people's own codes of turns, and the figures of such a model on turns that were coded later."""

import csv
import errno
import io
import os
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from transcript_alliance.alliance.bundle import (
    CARD,
    CODES_MANIFEST,
    CONFIG,
    MANIFEST,
    TOKENIZER,
    WEIGHTS,
    file_sha256,
    read_bundle,
)
from transcript_alliance.alliance.codes_bundle import (
    CODES_FORMAT,
    CODES_HASHED,
    CodesInfo,
    read_codes_bundle,
    write_codes_manifest,
)
from transcript_alliance.alliance.codes_card import codes_card, codes_warnings
from transcript_alliance.alliance.codes_figures import code_rows
from transcript_alliance.alliance.codes_mix import by_variable, save_mixes
from transcript_alliance.alliance.codes_net import CodesPlan, require_start
from transcript_alliance.alliance.codes_table import (
    COLUMNS,
    NOT_CODED,
    CodesTable,
    holds_codes,
    in_terms_of,
    read_codes_table,
)
from transcript_alliance.alliance.dataset import fingerprint
from transcript_alliance.alliance.encoder import save_weights
from transcript_alliance.alliance.evaluate import Evaluation
from transcript_alliance.alliance.fit_codes import (
    CodedTurns,
    CodesReader,
    CrossCoded,
    Report,
    choices,
    cross_code,
    fit_reader,
    read_codes,
    require_codable,
)
from transcript_alliance.alliance.people import linked_people
from transcript_alliance.alliance.word_files import Words, save_words
from transcript_alliance.errors import DatasetError, OutputError, show_name
from transcript_alliance.privacy.output import refused
from transcript_alliance.readers.source import open_source, refuse_binary
from transcript_alliance.report.manifest import guarded
from transcript_alliance.session import Session
from transcript_alliance.settings import default_bundle


@dataclass(frozen=True, slots=True, eq=False)
class LearnedCodes:
    """Codes of a table as people kept out were read, and what must be said of them."""

    crossed: CrossCoded
    evaluation: Evaluation
    warnings: tuple[str, ...]


def is_codes_table(path: Path) -> bool:
    """True when the file is a table with a column of codes. Raises InputError when it cannot be opened."""
    return holds_codes(open_source(path).text)


def read_codes_file(path: Path) -> CodesTable:
    """The table at `path`. Raises TableError, and DatasetError SAME_SESSION when two sessions hold the same words."""
    source = open_source(path)
    refuse_binary(source)
    table = read_codes_table(source.text, source.name)
    known: dict[str, str] = {}
    for talk in table.talks:
        name = show_name(talk.session.session_id)
        first = known.setdefault(fingerprint(talk.session), name)
        if first != name:
            what = f"it holds the same words as {first}"
            raise DatasetError("SAME_SESSION", what, where=name, hint="list it once")
    return table


def learn_codes(table: CodesTable, start: Path | None, recipe: CodesPlan, run: Path, report: Report) -> LearnedCodes:
    """The codes of the table, learned fold by fold, with figures on people kept out.

    `start` is the folder of a bundle or of an encoder; None is the bundle that came with the program. Raises
    ModelBundleError, and DatasetError when it learned from one of the sessions or too few turns or people are there.
    """
    start = start or default_bundle()
    # Said before the hour that training takes.
    require_codable(table, recipe.seed)
    _require_unseen(table, start.resolve().name, _fingerprints(start))
    require_start(start, table.variables)
    crossed = cross_code(table, start, recipe, run, report)
    rows = code_rows(table.talks, table.variables, crossed.people, *choices(crossed.turns))
    return LearnedCodes(crossed, Evaluation(rows), codes_warnings(rows, _counts(table), _by_value(table)))


def require_free_folder(folder: Path) -> None:
    """Nothing, when a model of codes can be written there. Raises OutputError."""
    if (folder / MANIFEST).exists():
        what, hint = "it holds another kind of model, which would be written over", "choose another folder with -o"
        raise OutputError("IN_USE", what, where=show_name(folder), hint=hint)
    require_writable(folder)


def require_writable(folder: Path) -> None:
    """Nothing, when the folder is one, or can be made. Raises OutputError."""
    place = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    with refused(folder):
        if not place.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "")
        if not os.access(place, os.W_OK):
            raise PermissionError(errno.EACCES, "")


def write_codes_bundle(
    learned: LearnedCodes, folder: Path, start: Path | None, recipe: CodesPlan, report: Report
) -> CodesInfo:
    """What all sessions of the table teach, as a folder named for the model."""
    start = start or default_bundle()
    reader = fit_reader(learned.crossed, start, recipe, report)
    with refused(folder):
        folder.mkdir(parents=True, exist_ok=True)
    save_weights(reader.net, folder / WEIGHTS)
    for name in (TOKENIZER, CONFIG):
        shutil.copyfile(start / name, folder / name)
    # There is no scorer of sessions, so nothing that phrases weigh for one.
    save_words(Words(reader.words, reader.words.weights[0][:0]), folder)
    save_mixes(reader.mixes, folder)
    info = _info(learned.crossed.table, folder, start, recipe)
    write_codes_manifest(folder, info)
    (folder / CARD).write_text(codes_card(info, reader.mixes.whole, learned.evaluation.rows, learned.warnings), "utf-8")
    return info


def evaluate_codes(table: CodesTable, info: CodesInfo, reader: CodesReader) -> Evaluation:
    """Figures of a finished model on a table of turns; nothing is fitted to them.

    Raises DatasetError SEEN_IN_TRAINING when it learned from one of the sessions, and OTHER_CODES when the table has
    a variable or a value that the model does not give.
    """
    _require_unseen(table, info.name, info.trained_on["fingerprints"])
    given = in_terms_of(table, info.variables)
    turns = [read_codes(reader, talk.session) for talk in given.talks]
    return Evaluation(code_rows(given.talks, info.variables, linked_people(given.talks), *choices(turns)))


def codes_csv(session: Session, info: CodesInfo, coded: CodedTurns) -> str:
    """What the model says of every turn, as a table (CSV) that `train` takes back once client and therapist are in it.

    A row a turn, numbered from 0 as in the exports, and for each code the value that was chosen and its probability;
    both are empty on turns of a side that was never asked.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    names = [v.name for v in info.variables]
    columns = (*COLUMNS, "start_s", *(f"code.{n}" for n in names), *(f"probability.{n}" for n in names), "model")
    writer.writerow(map(guarded, columns))
    likely = by_variable(coded.probabilities, info.variables)
    for n, turn in enumerate(session.turns):
        role, chosen = session.role(n), coded.chosen[n].tolist()
        asked = [role in v.roles for v in info.variables]
        values = [guarded(v.values[c]) if a else "" for v, c, a in zip(info.variables, chosen, asked, strict=True)]
        sure = [f"{part[n, c]:.3f}" if a else "" for part, c, a in zip(likely, chosen, asked, strict=True)]
        start = "" if turn.start_s is None else f"{turn.start_s:.3f}"
        who = (guarded(session.session_id), "", "", n, role.value, guarded(session.turn_text(n)), start)
        writer.writerow((*who, *values, *sure, guarded(info.name)))
    return out.getvalue()


def _fingerprints(start: Path) -> Sequence[str]:
    """Those of the sessions that the model in a folder learned from; none of an encoder as it was pretrained."""
    if (start / CODES_MANIFEST).is_file():
        return list(read_codes_bundle(start).trained_on["fingerprints"])
    if (start / MANIFEST).is_file():
        return list(read_bundle(start).trained_on.get("fingerprints", ()))
    return []


def _require_unseen(table: CodesTable, name: str, fingerprints: Sequence[str]) -> None:
    seen = {*fingerprints}
    known = sum(fingerprint(talk.session) in seen for talk in table.talks)
    if known:
        what = f"{name} learned from {known} of these {len(table.talks)} sessions"
        raise DatasetError("SEEN_IN_TRAINING", what, where=table.name, hint="leave them out of the table")


def _info(table: CodesTable, folder: Path, start: Path, recipe: CodesPlan) -> CodesInfo:
    return CodesInfo(
        name=folder.resolve().name,
        format_version=CODES_FORMAT,
        variables=table.variables,
        trained_on={
            **_counts(table),
            "values": _by_value(table),
            "plan": asdict(recipe),
            "start": {"name": start.resolve().name, "weights_sha256": file_sha256(start / WEIGHTS)},
            "fingerprints": sorted({*_fingerprints(start), *(fingerprint(talk.session) for talk in table.talks)}),
        },
        hashes={name: file_sha256(folder / name) for name in CODES_HASHED},
    )


def _counts(table: CodesTable) -> dict[str, int]:
    return {
        "sessions": len(table.talks),
        "coded": sum(int((talk.by_rater != NOT_CODED).any(axis=(0, 2)).sum()) for talk in table.talks),
        "therapists": len({talk.therapist for talk in table.talks}),
        "clients": len({talk.client for talk in table.talks}),
        "raters": max(talk.n_raters for talk in table.talks),
    }


def _by_value(table: CodesTable) -> dict[str, int]:
    """Turns of each value, by `code.variable = value`."""
    found: Counter[str] = Counter()
    for place, variable in enumerate(table.variables):
        said = np.concatenate([talk.labels[:, place] for talk in table.talks])
        for n, value in enumerate(variable.values):
            found[f"code.{variable.name} = {value}"] = int((said == n).sum())
    return dict(found)
