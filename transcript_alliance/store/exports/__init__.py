"""Sessions as files of other programs. What a writer writes, the reader of that format reads back: the same turns,
speakers, times and words. A writer that cannot do so for a session refuses it and says why.

A format is one file in this folder and one line in `WRITERS`; ConvoKit's, a folder, is `write_convokit`.

`CODE_WRITERS` write a coded session with its codes, for programs in which people look at codes or set them;
`store.imports` reads theirs back. Tools count characters differently; `CodeWriter.offsets` says how.
"""

from collections.abc import Callable
from dataclasses import dataclass

from transcript_alliance.store.exports import elan, table, talkbank, textgrid, vtt
from transcript_alliance.store.exports.code_table import write_code_table
from transcript_alliance.store.exports.coding import Coding, coding_of
from transcript_alliance.store.exports.convokit import write_convokit
from transcript_alliance.store.exports.doccano import write_doccano
from transcript_alliance.store.exports.inception import write_inception
from transcript_alliance.store.exports.label_studio import write_label_studio
from transcript_alliance.store.exports.lme4 import write_lme4
from transcript_alliance.store.exports.refi_qda import write_refi_qda
from transcript_alliance.store.exports.talk import Talk, raw_talk, session_talk
from transcript_alliance.store.exports.tiers import (
    write_convokit_codes,
    write_elan_codes,
    write_talkbank_codes,
    write_textgrid_codes,
)

__all__ = [
    "CODE_WRITERS",
    "WRITERS",
    "CodeWriter",
    "Coding",
    "Talk",
    "Writer",
    "coding_of",
    "raw_talk",
    "session_talk",
    "write_convokit",
    "write_lme4",
]


@dataclass(frozen=True, slots=True)
class Writer:
    """A format that is one file."""

    id: str
    """That of its reader."""
    suffix: str
    write: Callable[[Talk], bytes]


WRITERS: tuple[Writer, ...] = (
    Writer("vtt", ".vtt", vtt.write_vtt),
    Writer("csv", ".csv", table.write_csv),
    Writer("talkbank", ".cha", talkbank.write_talkbank),
    Writer("elan", ".eaf", elan.write_elan),
    Writer("textgrid", ".TextGrid", textgrid.write_textgrid),
)


@dataclass(frozen=True, slots=True)
class CodeWriter:
    """A format that holds a session with its codes."""

    id: str
    label: str
    suffix: str
    """Of its file; empty for a folder of files."""
    offsets: str
    """The unit in which it counts, and within what."""
    write: Callable[[Coding], bytes | dict[str, bytes]]
    """The file's content; of a folder, file name -> content."""


CODE_WRITERS: tuple[CodeWriter, ...] = (
    CodeWriter("label-studio", "Label Studio", "", "UTF-16 units of the turn", write_label_studio),
    CodeWriter("doccano", "doccano", ".jsonl", "UTF-16 units of the turn", write_doccano),
    CodeWriter("inception", "INCEpTION (UIMA CAS)", "", "UTF-16 units of the whole text", write_inception),
    CodeWriter("refi-qda", "REFI-QDA project", ".qdpx", "code points of the whole text", write_refi_qda),
    CodeWriter("elan", "ELAN with tiers of codes", ".eaf", "code points of the turn", write_elan_codes),
    CodeWriter("textgrid", "Praat with tiers of codes", ".TextGrid", "code points of the turn", write_textgrid_codes),
    CodeWriter("talkbank", "CHAT with %cod tiers", ".cha", "code points of the turn", write_talkbank_codes),
    CodeWriter("convokit", "ConvoKit corpus", "", "code points of the turn", write_convokit_codes),
    CodeWriter("csv", "Table of codes", ".csv", "code points of the turn", write_code_table),
)
