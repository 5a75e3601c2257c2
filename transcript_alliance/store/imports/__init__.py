"""Codes that people set in other programs, for a session that was coded here.

A program is one file in this folder and one line in `CODE_READERS`. The file must hold the words of the session, as
`store.exports` wrote them; blanks and line ends may have changed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from transcript_alliance.annotations import Marker
from transcript_alliance.coding.codebook import Code
from transcript_alliance.errors import FormatError
from transcript_alliance.readers.archive import is_archive
from transcript_alliance.readers.source import Source, open_source
from transcript_alliance.session import Session
from transcript_alliance.store.imports.doccano import read_doccano
from transcript_alliance.store.imports.elan import read_elan_codes
from transcript_alliance.store.imports.found import Target
from transcript_alliance.store.imports.inception import read_inception
from transcript_alliance.store.imports.label_studio import read_label_studio
from transcript_alliance.store.imports.refi_qda import read_refi_qda_codes
from transcript_alliance.store.imports.table import read_code_table
from transcript_alliance.store.imports.timed import read_textgrid_codes
from transcript_alliance.store.marks import Mark, human_markers

__all__ = ["CODE_READERS", "CodeReader", "read_human_codes"]


@dataclass(frozen=True, slots=True)
class CodeReader:
    """A format in which people's codes come back."""

    id: str
    """That of its writer."""
    suffixes: tuple[str, ...]
    sniff: Callable[[Source], bool]
    """Whether the content is of this format."""
    read: Callable[[Source, Target], list[Mark]]


CODE_READERS: tuple[CodeReader, ...] = (
    CodeReader("inception", (".json",), lambda s: '"%FEATURE_STRUCTURES"' in s.text, read_inception),
    CodeReader("doccano", (".jsonl",), lambda s: s.suffix == ".jsonl", read_doccano),
    CodeReader("label-studio", (".json",), lambda s: s.text.lstrip()[:1] in ("[", "{"), read_label_studio),
    CodeReader("refi-qda", (".qdpx",), is_archive, read_refi_qda_codes),
    CodeReader("elan", (".eaf",), lambda s: "<ANNOTATION_DOCUMENT" in s.text[:5_000], read_elan_codes),
    CodeReader("textgrid", (".textgrid",), lambda s: '"TextGrid"' in s.text[:1_000], read_textgrid_codes),
    CodeReader("csv", (".csv", ".tsv"), lambda s: s.suffix in (".csv", ".tsv"), read_code_table),
)
"""All formats. The first whose `sniff` fits is taken."""


def read_human_codes(
    path: Path, session: Session, codes: Mapping[str, Code], *, take_all: bool = False
) -> tuple[Marker, ...]:
    """The markers that a person set for the session in the file at `path`, in the order of the text.

    `codes` (id -> code) tells codes by their labels too; a name that fits none stays as it is. What the file says a
    cue or the model set is left out, unless `take_all`.

    Raises: InputError for the path; FormatError UNKNOWN_FORMAT; DatasetError OTHER_SESSION, SEVERAL_PEOPLE or
    MALFORMED; and what the format's reader raises. No message holds words of the session.
    """
    source = open_source(path)
    reader = next((reader for reader in CODE_READERS if reader.sniff(source)), None)
    if reader is None:
        known = ", ".join(dict.fromkeys(suffix for reader in CODE_READERS for suffix in reader.suffixes))
        what = "Of no format that holds people's codes."
        raise FormatError("UNKNOWN_FORMAT", what, where=source.name, hint=f"Known: {known}.")
    return human_markers(session, reader.read(source, Target(session, codes, take_all)))
