"""Many transcripts through the pipeline: each is coded and written, or fails by itself."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from transcript_alliance.annotations import CodedSession
from transcript_alliance.commands.faults import unforeseen
from transcript_alliance.commands.labels import report_labels
from transcript_alliance.errors import InputError, TranscriptError, show_name
from transcript_alliance.pipeline import code_session, load_model
from transcript_alliance.privacy.output import make_private_folder, write_private
from transcript_alliance.report.html import render_html
from transcript_alliance.report.labels import ReportLabels
from transcript_alliance.serialize import to_json
from transcript_alliance.settings import Settings


@dataclass(frozen=True, slots=True)
class Written:
    """A coded session, the names its report uses, and the files that hold it."""

    coded: CodedSession
    labels: ReportLabels
    files: tuple[Path, ...]
    replaced: bool
    """A result of that name was there before."""


def code_files(paths: Iterable[Path], settings: Settings) -> Iterator[tuple[Path, Written | TranscriptError]]:
    """Each path with its result, or with the error that stopped it alone, in the order given.

    Two files of one name would have one result, so the second is refused. Raises TranscriptError when
    there is no model or no folder to write to.
    """
    folder = Path(settings.output.folder)
    make_private_folder(folder)
    model = load_model(Path(settings.model.path) if settings.model.path else None, settings.model.threads)
    taken: dict[str, str] = {}
    for path in paths:
        try:
            coded = code_session(path, settings, model)
            stem = file_stem(coded.session.session_id)
            # Some file systems take S1 and s1 for one name.
            if stem.casefold() in taken:
                raise _same_name(path, taken[stem.casefold()], stem)
            taken[stem.casefold()] = show_name(path)
            labels = report_labels(coded, model.codebooks, model.instruments)
            yield path, _written(coded, labels, folder / stem, report=settings.output.report)
        except TranscriptError as error:
            # What is wrong with a session rather than its file is raised without the file's name.
            error.where = error.where or show_name(path)
            yield path, error
        except Exception as error:
            yield path, unforeseen(error, show_name(path))


def file_stem(session_id: str) -> str:
    """A file name for a session that every system takes, and that is the session's own where it can be.

    >>> file_stem("s1"), file_stem("a/b: c"), file_stem(".hidden"), file_stem("")
    ('s1', 'a_b_ c', '_hidden', '_')
    """
    plain = "".join(c if c.isprintable() and c not in '<>:"/\\|?*' else "_" for c in session_id)
    # 255 bytes hold the longest letters 60 times; a blank or dot at the end is lost on Windows.
    short = plain[:60].rstrip(" .") or "_"
    return f"_{short[1:]}" if short.startswith(".") else short


def _written(coded: CodedSession, labels: ReportLabels, base: Path, *, report: bool) -> Written:
    contents = {base.with_name(f"{base.name}.json"): to_json(coded)}
    if report:
        contents[base.with_name(f"{base.name}.html")] = render_html(coded, labels)
    replaced = any(file.exists() for file in contents)
    for file, content in contents.items():
        write_private(file, content.encode("utf-8", "xmlcharrefreplace"))
    return Written(coded, labels, tuple(contents), replaced)


def _same_name(path: Path, earlier: str, stem: str) -> InputError:
    return InputError(
        "SAME_NAME",
        f"its result {stem}.json is already that of {earlier}.",
        where=show_name(path),
        hint="rename one of them, or code them into different folders",
    )
