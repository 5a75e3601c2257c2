"""What `report` does: read coded sessions, decide what the report is about, render it, write it privately."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from transcript_alliance import __version__
from transcript_alliance.annotations import CodedSession
from transcript_alliance.coding.codebook import load_codebooks
from transcript_alliance.commands.filenames import file_stem
from transcript_alliance.commands.labels import report_labels
from transcript_alliance.errors import InputError, OutputError, SettingsError, TranscriptError, show_name
from transcript_alliance.instruments import load_instruments
from transcript_alliance.privacy.output import make_private_folder, write_private
from transcript_alliance.readers.source import open_source
from transcript_alliance.report.blinded import unrated
from transcript_alliance.report.branding import Branding
from transcript_alliance.report.caseload import caseload_document
from transcript_alliance.report.context import Context
from transcript_alliance.report.course import Blinding, Course, courses
from transcript_alliance.report.document import Document
from transcript_alliance.report.html import branding_of, render_html
from transcript_alliance.report.labels import InstrumentLabel, ReportLabels
from transcript_alliance.report.manifest import (
    RATED,
    Listed,
    Rating,
    by_name,
    one_client,
    ratings_form,
    read_manifest,
    read_ratings,
)
from transcript_alliance.report.markdown import render_markdown
from transcript_alliance.report.over_time import client_document
from transcript_alliance.report.pages import Paper, on_paper, render_document
from transcript_alliance.report.pdf import find_browser, print_pdf
from transcript_alliance.report.values import courses_json, session_json
from transcript_alliance.report.whole_session import session_document
from transcript_alliance.report.word import render_docx
from transcript_alliance.serialize import from_json


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for, as the command line gives it."""

    paths: tuple[Path, ...]
    view: str | None = None
    """session, client or caseload; None to find out."""
    sessions: Path | None = None
    client: str | None = None
    names: str | None = None
    format: str = "html"
    paper: str = "a4"
    language: str = "en"
    template: Path | None = None
    blinded: bool = False
    ratings: Path | None = None
    output: Path | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """What was written, and the files that were left out, each with its error."""

    files: tuple[Path, ...]
    failed: tuple[TranscriptError, ...]


@dataclass(frozen=True, slots=True)
class _Report:
    """A report that is ready to be written in any form."""

    stem: str
    page: Callable[[], str]
    document: Callable[[], Document]
    values: Callable[[], str]
    form: str = ""
    """Empty rating form (CSV) that goes with it; empty when there is nothing to rate."""


def make_report(request: Request) -> Made:
    """Write the report that `request` asks for.

    Raises: TranscriptError when nothing can be reported on; files of a folder or a list that cannot be read are
    left out and handed back.
    """
    found, failed = _read_all(_files(request.paths))
    if not found:
        raise failed[0] if failed else InputError("NO_SESSIONS", "no coded session was given.", hint=_CODE_HINT)
    report = _report(request, found)
    target = _target(request, report.stem)
    # Asked before the work, so that a slip in -o costs no printing.
    _refuse_inputs(target, request)
    contents = {target: _FORMS[request.format](report, Paper(request.paper))}
    if report.form:
        contents[_free_form(target)] = report.form.encode()
    make_private_folder(target.parent)
    for file, data in contents.items():
        write_private(file, data)
    return Made(tuple(contents), tuple(failed))


_CODE_HINT = "`transcript-alliance code` writes them; give its .json files or their folder"


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            inside = sorted(file for file in path.glob("*.json") if not file.name.startswith("."))
            if not inside:
                raise InputError(
                    "NO_SESSIONS", "the folder holds no .json file.", where=show_name(path), hint=_CODE_HINT
                )
            yield from inside
        else:
            yield path


def _read_all(files: Iterator[Path]) -> tuple[dict[str, CodedSession], list[TranscriptError]]:
    """Coded sessions by name in the order given, and what went wrong with the others."""
    found: dict[str, CodedSession] = {}
    failed: list[TranscriptError] = []
    for file in files:
        try:
            source = open_source(file)
            coded = from_json(source.text, source.name)
            name = coded.session.session_id
            if name in found:
                raise InputError("SAME_SESSION", "a session of this name was given already.", where=source.name)
            if not coded.session.turns:
                raise InputError("NO_TURNS", "the session has no turns.", where=source.name)
            found[name] = coded
        except TranscriptError as error:
            failed.append(error)
    return found, failed


def _report(request: Request, found: Mapping[str, CodedSession]) -> _Report:
    listed = _listed(request, tuple(found))
    view = request.view or _view(request, found, listed)
    return _VIEWS[view](request, found, listed)


def _listed(request: Request, names: Sequence[str]) -> tuple[Listed, ...]:
    """Who the sessions belong to; empty when nothing was said about that."""
    if request.sessions is not None and request.names is not None:
        raise SettingsError("TWO_LISTS", "--sessions and --names both say whose the sessions are.", hint="give one")
    if request.sessions is not None:
        source = open_source(request.sessions)
        return read_manifest(source.text, source.name)
    if request.names is not None:
        return by_name(names, request.names)
    return one_client(names, request.client) if request.client else ()


def _view(request: Request, found: Mapping[str, CodedSession], listed: Sequence[Listed]) -> str:
    if not listed and len(found) == 1 and not request.blinded:
        return "session"
    here = {entry.client for entry in listed if entry.session in found}
    return "client" if request.client is not None or len(here) == 1 else "caseload"


def _session(request: Request, found: Mapping[str, CodedSession], _: Sequence[Listed]) -> _Report:
    if len(found) > 1:
        raise SettingsError("ONE_SESSION", f"{len(found)} sessions for a report of one.", hint="give one file")
    if request.blinded or request.ratings is not None:
        raise SettingsError("BLINDED", "a session's report shows its scores.", hint="take --view client with --blinded")
    (coded,) = found.values()
    labels = _labels(coded)
    context = Context(coded, labels, branding_of(request.language, request.template).words)
    return _Report(
        f"{file_stem(coded.session.session_id)}.report",
        lambda: on_paper(render_html(coded, labels, request.language, request.template), Paper(request.paper)),
        lambda: session_document(context, __version__),
        lambda: session_json(context),
    )


def _client(request: Request, found: Mapping[str, CodedSession], listed: Sequence[Listed]) -> _Report:
    all_courses, instrument = _courses(request, found, listed)
    here = [course for course in all_courses if request.client in (None, course.client)]
    if len(here) != 1:
        what = f"{len(all_courses)} clients have coded sessions; the one you named is not alone among them."
        raise SettingsError("ONE_CLIENT", what, hint="name one with --client as the list writes it")
    (course,) = here
    look = branding_of(request.language, request.template)
    document = client_document(course, instrument, look.words, __version__, request.blinded)
    return _over_time(f"{file_stem(course.client)}.client", document, here, instrument, look, request)


def _caseload(request: Request, found: Mapping[str, CodedSession], listed: Sequence[Listed]) -> _Report:
    if request.client is not None:
        raise SettingsError("ONE_CLIENT", "a caseload is more than one client.", hint="leave out --client or --view")
    all_courses, instrument = _courses(request, found, listed)
    look = branding_of(request.language, request.template)
    document = caseload_document(all_courses, instrument, look.words, __version__, request.blinded)
    return _over_time("caseload", document, all_courses, instrument, look, request)


_VIEWS: Mapping[str, Callable[[Request, Mapping[str, CodedSession], Sequence[Listed]], _Report]] = {
    "session": _session,
    "client": _client,
    "caseload": _caseload,
}


def _courses(
    request: Request, found: Mapping[str, CodedSession], listed: Sequence[Listed]
) -> tuple[tuple[Course, ...], InstrumentLabel]:
    if not listed:
        hint = "give a list with --sessions, or --client for one client's files, or --names for their pattern"
        raise SettingsError("WHOSE", f"whose {len(found)} sessions these are is not known.", hint=hint)
    instrument = _alliance(found)
    if (request.blinded or request.ratings) and not set(RATED) <= {scale.scale for scale in instrument.scales}:
        what = f"a person rates {', '.join(RATED)}, and these sessions are not scored on all of them."
        raise SettingsError("NOT_RATED", what, hint="leave --blinded and --ratings out")
    ratings = _ratings(request, found, instrument)
    blinding = Blinding(ratings) if request.blinded else None
    return courses(listed, found, instrument, blinding, ratings), instrument


def _alliance(found: Mapping[str, CodedSession]) -> InstrumentLabel:
    """The first instrument of the sessions; all of them must be scored on the same one."""
    firsts = {coded.scores[0].instrument: coded for coded in found.values() if coded.scores}
    if len(firsts) != 1:
        what = "no session has scores." if not firsts else "the sessions are scored on different instruments."
        raise InputError("INSTRUMENT", what, hint="report on them apart, or code the transcripts again")
    (coded,) = firsts.values()
    return _labels(coded).instruments[0]


def _labels(coded: CodedSession) -> ReportLabels:
    return report_labels(coded, load_codebooks(), load_instruments())


def _ratings(request: Request, found: Mapping[str, CodedSession], instrument: InstrumentLabel) -> Mapping[str, Rating]:
    if request.ratings is None:
        return {}
    source = open_source(request.ratings)
    given = read_ratings(source.text, source.name, instrument.low, instrument.high)
    strangers = [rating for rating in given if rating.session not in found]
    if strangers:
        what = f"{len(strangers)} rated sessions are not among the coded files."
        raise InputError("UNKNOWN_SESSION", what, where=source.name, hint="write the names as the form does")
    return {rating.session: rating for rating in given}


def _over_time(
    stem: str,
    document: Document,
    shown: Sequence[Course],
    instrument: InstrumentLabel,
    look: Branding,
    request: Request,
) -> _Report:
    hidden = unrated(shown)
    ratings = [visit.rating for course in shown for visit in course.visits if visit.rating is not None]
    return _Report(
        stem,
        lambda: render_document(document, look.words, Paper(request.paper), look),
        lambda: document,
        lambda: courses_json(shown, instrument),
        ratings_form(hidden, ratings) if hidden else "",
    )


_FORMS: Mapping[str, Callable[[_Report, Paper], bytes]] = {
    "html": lambda report, _: _bytes(report.page()),
    "pdf": lambda report, _: print_pdf(report.page(), find_browser()),
    "docx": lambda report, paper: render_docx(report.document(), paper),
    "md": lambda report, _: _bytes(render_markdown(report.document())),
    "json": lambda report, _: _bytes(report.values()),
}
"""Form -> its bytes."""


def _bytes(text: str) -> bytes:
    # Half a surrogate pair can stand in a transcript and cannot be written as UTF-8.
    return text.encode("utf-8", "xmlcharrefreplace")


def _target(request: Request, stem: str) -> Path:
    name = f"{stem}.{request.format}"
    if request.output is None:
        return Path(name)
    is_file = request.output.suffix.lower() == f".{request.format}" and not request.output.is_dir()
    if not is_file and request.output.suffix.lower() in {f".{form}" for form in _FORMS} and not request.output.is_dir():
        what = f"its ending is {request.output.suffix}, the report is {request.format}."
        raise OutputError("ENDING", what, where=show_name(request.output), hint=f"end it in .{request.format}")
    return request.output if is_file else request.output / name


def _free_form(target: Path) -> Path:
    """A name for the rating form that no file has yet: somebody's ratings may stand in an earlier one."""
    names = (f"{target.stem}.ratings{f'-{n}' if n > 1 else ''}.csv" for n in count(1))
    return next(path for path in map(target.with_name, names) if not path.exists())


def _refuse_inputs(target: Path, request: Request) -> None:
    """Nobody's coded sessions, list or ratings are written over."""
    given = [*_files(request.paths), *(file for file in (request.sessions, request.ratings) if file is not None)]
    if target.resolve() in {file.resolve() for file in given}:
        hint = "choose another name or folder with -o"
        raise OutputError("WOULD_OVERWRITE", "this file was read for the report.", where=show_name(target), hint=hint)
