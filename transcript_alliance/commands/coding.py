"""Many transcripts through the pipeline: each is coded and written, or fails by itself."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from transcript_alliance.alliance.codes_bundle import load_codes_reader
from transcript_alliance.alliance.fit_codes import read_codes
from transcript_alliance.annotations import CodedSession
from transcript_alliance.commands.duplicates import same_content, with_duplicate_note
from transcript_alliance.commands.faults import unforeseen
from transcript_alliance.commands.filenames import file_stem
from transcript_alliance.commands.labels import report_labels
from transcript_alliance.errors import InputError, TranscriptError, show_name
from transcript_alliance.own_codes import codes_csv
from transcript_alliance.pipeline import code_session, load_model
from transcript_alliance.privacy.output import make_private_folder, write_private
from transcript_alliance.report.html import branding_of, render_html
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


def code_files(
    paths: Iterable[Path], settings: Settings, codes: Path | None = None
) -> Iterator[tuple[Path, Written | TranscriptError]]:
    """Each path with its result, or with the error that stopped it alone, in the order given.

    `codes` is the folder of a model of people's own codes, whose table is then written as well.
    Two files of one name would have one result, so the second is refused. Raises TranscriptError when
    there is no model or no folder to write to.
    """
    folder = Path(settings.output.folder)
    make_private_folder(folder)
    template = Path(settings.output.template) if settings.output.template else None
    # A language or a folder that cannot be used is said before the seconds that loading a model takes.
    branding_of(settings.output.language, template)
    own = load_codes_reader(codes) if codes else None
    model = load_model(Path(settings.model.path) if settings.model.path else None, settings.model.threads)
    taken: dict[str, str] = {}
    paths = list(paths)
    twins = same_content(paths)
    for path in paths:
        try:
            coded = code_session(path, settings, model)
            coded = with_duplicate_note(coded) if path in twins else coded
            stem = file_stem(coded.session.session_id)
            # Some file systems take S1 and s1 for one name.
            if stem.casefold() in taken:
                raise _same_name(path, taken[stem.casefold()], stem)
            taken[stem.casefold()] = show_name(path)
            labels = report_labels(coded, model.codebooks, model.instruments)
            contents = {f"{stem}.json": to_json(coded)}
            if settings.output.report:
                contents[f"{stem}.html"] = render_html(coded, labels, settings.output.language, template)
            if own:
                info, reader = own
                contents[f"{stem}.codes.csv"] = codes_csv(coded.session, info, read_codes(reader, coded.session))
            yield path, _written(coded, labels, folder, contents)
        except TranscriptError as error:
            # What is wrong with a session rather than its file is raised without the file's name.
            error.where = error.where or show_name(path)
            yield path, error
        except Exception as error:
            yield path, unforeseen(error, show_name(path))


def _written(coded: CodedSession, labels: ReportLabels, folder: Path, contents: Mapping[str, str]) -> Written:
    files = {folder / name: content for name, content in contents.items()}
    replaced = any(file.exists() for file in files)
    for file, content in files.items():
        write_private(file, content.encode("utf-8", "xmlcharrefreplace"))
    return Written(coded, labels, tuple(files), replaced)


def _same_name(path: Path, earlier: str, stem: str) -> InputError:
    return InputError(
        "SAME_NAME",
        f"its result {stem}.json is already that of {earlier}.",
        where=show_name(path),
        hint="rename one of them, or code them into different folders",
    )
