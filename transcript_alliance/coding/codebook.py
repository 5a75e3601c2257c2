"""Codebooks: what raters look for, as data. One TOML file a codebook, one `[[code]]` block a code.

A code names its role, its boundary, the examples that are its tests, and the cues that show it in plain
words (their language: `phrases`; their conditions: `Cue`). Roll-ups name groups of codes. `words.toml` holds
the word lists that all codebooks share.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from transcript_alliance.coding.phrases import Phrase
from transcript_alliance.coding.tables import Table, read_toml, shown
from transcript_alliance.errors import CodebookError, did_you_mean, show_name
from transcript_alliance.session import Role

CODEBOOKS = Path(__file__).parent / "codebooks"
WORD_LISTS_IN_USE = ("negation", "reporting", "opener", "closer", "question_opener", "question_tail")
"""The word lists that the conditions of cues refer to by name."""
_ROLES = {"therapist": Role.THERAPIST, "client": Role.CLIENT}
_PHRASES = ("any", "near", "unless", "not_after", "not_before", "after_any", "after_unless")
_FLAGS = ("affirmed", "own", "starts", "ends", "whole", "after_question", "backchannel")
_EITHER = ("question", "laughs")
_NUMBERS = ("min_words", "max_words")
"""Keys of a cue by what they hold: phrases; true, else false; true, false or of no matter; whole numbers."""


@dataclass(frozen=True, slots=True)
class Example:
    """A turn that shows a code, or a near miss that does not."""

    text: str
    after: str = ""
    """The other side's turn before it, where the code depends on it; empty otherwise."""


@dataclass(frozen=True, slots=True)
class Cue:
    """Phrases, and the conditions under which they show a code. Conditions left out do not matter.

    Distances count plain words. "Near" is within 20 words in the same turn; for `unless` also in the same utterance.
    """

    any: tuple[Phrase, ...]
    """One of these is said: the words that are shown as evidence."""
    near: tuple[Phrase, ...] = ()
    """One of these is said near it."""
    unless: tuple[Phrase, ...] = ()
    """None of these is said near it."""
    not_after: tuple[Phrase, ...] = ()
    """None of these ends within the three words before it."""
    not_before: tuple[Phrase, ...] = ()
    """None of these begins within the three words after it."""
    affirmed: bool = False
    """No word of the list `negation` within the three words before it."""
    own: bool = False
    """Not reported speech: no phrase of the list `reporting` within the eight words before it."""
    starts: bool = False
    """It opens its utterance; words of the list `opener` may stand before it."""
    ends: bool = False
    """It closes its utterance; words of the list `closer` may stand after it."""
    whole: bool = False
    """It is the whole turn, but for openers and closers."""
    min_words: int = 0
    max_words: int = 0
    """Bounds on the words of its turn as written; 0 is no bound."""
    question: bool | None = None
    """Its utterance has (true) or has not (false) the form of a question."""
    after_question: bool = False
    """The other side's turn before it ends with a question."""
    after_any: tuple[Phrase, ...] = ()
    """The other side's turn before it says one of these."""
    after_unless: tuple[Phrase, ...] = ()
    """The other side's turn before it says none of these."""
    after_codes: tuple[str, ...] = ()
    """One of the other side's last two turns shows one of these codes, by a cue without this condition."""
    laughs: bool | None = None
    """Its turn has (true) or has not (false) laughter written in it."""
    backchannel: bool = False
    """Also where the turn is no more than a listener's signal; all other cues pass over those."""

    def phrases(self) -> tuple[Phrase, ...]:
        """All phrases it names, in its conditions too."""
        return tuple(phrase for key in _PHRASES for phrase in getattr(self, key))


@dataclass(frozen=True, slots=True)
class Code:
    """One thing that a rater marks."""

    id: str
    label: str
    definition: str
    """What counts, and where it stops counting."""
    codebook: str
    """Id of its codebook."""
    role: Role
    """Whose turns it is looked for in."""
    source: str
    """Paper or manual."""
    text_codable: bool = True
    why_not: str = ""
    """Why text cannot show it; empty when it can."""
    parent: str | None = None
    """The wider code that every marker of this one also shows."""
    cues: tuple[Cue, ...] = ()
    yes: tuple[Example, ...] = ()
    no: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Rollup:
    """A named group of codes that a theory puts together."""

    id: str
    label: str
    definition: str
    source: str
    codebook: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CodebookInfo:
    """Name and origin of one codebook file."""

    id: str
    label: str
    source: str


@dataclass(frozen=True, slots=True, eq=False)
class Codebooks:
    """All codebooks in use, in the order of their files. Equal when their `sha256` is."""

    infos: tuple[CodebookInfo, ...]
    codes: tuple[Code, ...]
    rollups: tuple[Rollup, ...]
    words: Mapping[str, tuple[Phrase, ...]]
    """Word lists by name."""
    sha256: str
    """Of the names and bytes of all files, as hexadecimal."""
    by_id: Mapping[str, Code] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_id", MappingProxyType({code.id: code for code in self.codes}))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Codebooks) and self.sha256 == other.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)

    def children(self, code: str) -> tuple[Code, ...]:
        """The sub-codes of `code`, in order; empty when it has none."""
        return tuple(c for c in self.codes if c.parent == code)


def load_codebooks(extra: tuple[Path, ...] = ()) -> Codebooks:
    """The codebooks of the package, and after them those of the files in `extra`.

    Raises CodebookError, naming file and key: unreadable TOML, a missing, unknown or ill-typed key, a phrase that
    cannot be parsed, an id given twice, a reference to a code or word list that does not exist.
    """
    digest = hashlib.sha256()
    infos: list[CodebookInfo] = []
    words: dict[str, tuple[Phrase, ...]] = {}
    codes: list[tuple[Code, Table]] = []
    rollups: list[tuple[Rollup, Table]] = []
    for path in (*sorted(CODEBOOKS.glob("*.toml")), *extra):
        content, values = read_toml(path)
        digest.update(path.name.encode("utf-8", "surrogateescape") + b"\0" + content + b"\0")
        table = Table(values, show_name(path))
        _add_words(table, words)
        info = _info(table)
        infos += [info] if info else []
        codes += [(_code(block, info), block) for block in table.tables("code")]
        rollups += [(_rollup(block, info), block) for block in table.tables("rollup")]
        table.done()
    _check_ids(codes, rollups)
    _check_references(codes, rollups, words)
    return Codebooks(
        tuple(infos),
        tuple(code for code, _ in codes),
        tuple(rollup for rollup, _ in rollups),
        MappingProxyType(words),
        digest.hexdigest(),
    )


def _add_words(table: Table, words: dict[str, tuple[Phrase, ...]]) -> None:
    block = table.table("words")
    if block is None:
        return
    for name, phrases in block.each(Table.phrases).items():
        if name in words:
            raise block.fault("DOUBLE_ID", f"word list {shown(name)} is there already.")
        if any(not stretch.ways for phrase in phrases for stretch in phrase.stretches) or any(
            len(phrase.stretches) != 1 for phrase in phrases
        ):
            raise block.fault("WRONG_PHRASE", f"{shown(name)}: entries have neither gaps nor lists.")
        words[name] = phrases


def _info(table: Table) -> CodebookInfo | None:
    block = table.table("codebook")
    if block is None:
        return None
    info = CodebookInfo(block.text("id"), block.text("label"), block.text("source"))
    block.done()
    return info


def _code(block: Table, info: CodebookInfo | None) -> Code:
    name = block.text("id")
    block.at(f"code {shown(name)}")
    if info is None:
        raise block.fault("MISSING_KEY", "needs a table [codebook] at the top of its file.")
    code = Code(
        id=name,
        label=block.text("label"),
        definition=block.text("definition"),
        codebook=info.id,
        role=block.choice("role", _ROLES),
        source=block.text("source", info.source),
        text_codable=block.take("text_codable", bool, True),
        why_not=block.text("why_not", ""),
        parent=block.text("parent", "") or None,
        cues=tuple(_cue(cue) for cue in block.tables("cues")),
        yes=_examples(block, "yes"),
        no=_examples(block, "no"),
    )
    block.done()
    if code.text_codable == bool(code.why_not):
        raise block.fault("WRONG_VALUE", "why_not is for codes with text_codable = false, and needed there.")
    if code.cues and not (code.text_codable and code.yes and code.no):
        raise block.fault("MISSING_KEY", "a code with cues needs yes and no examples.")
    return code


def _cue(block: Table) -> Cue:
    values: dict[str, Any] = {key: block.phrases(key) for key in _PHRASES}
    values |= {key: block.take(key, bool, False) for key in _FLAGS}
    values |= {key: block.take(key, bool) if block.has(key) else None for key in _EITHER}
    values |= {key: block.number(key) for key in _NUMBERS}
    cue = Cue(**values, after_codes=block.texts("after_codes", []))
    block.done()
    if not cue.any:
        raise block.fault("MISSING_KEY", "needs any, a list of phrases.")
    return cue


def _examples(block: Table, key: str) -> tuple[Example, ...]:
    return tuple(Example(text, after) for text, after in block.pairs(key, "text", "after"))


def _rollup(block: Table, info: CodebookInfo | None) -> Rollup:
    name = block.text("id")
    block.at(f"rollup {shown(name)}")
    if info is None:
        raise block.fault("MISSING_KEY", "needs a table [codebook] at the top of its file.")
    rollup = Rollup(
        name,
        block.text("label"),
        block.text("definition"),
        block.text("source", info.source),
        info.id,
        block.texts("codes"),
    )
    block.done()
    return rollup


def _check_ids(codes: list[tuple[Code, Table]], rollups: list[tuple[Rollup, Table]]) -> None:
    seen: set[str] = set()
    for name, block in [(code.id, block) for code, block in codes] + [(rollup.id, block) for rollup, block in rollups]:
        if name in seen:
            raise block.fault("DOUBLE_ID", "the id is there already.")
        seen.add(name)


def _check_references(
    codes: list[tuple[Code, Table]], rollups: list[tuple[Rollup, Table]], words: Mapping[str, object]
) -> None:
    known = {code.id: code for code, _ in codes}
    for name in WORD_LISTS_IN_USE:
        if name not in words:
            raise CodebookError("MISSING_KEY", f"needs the word list {name}.", where="words.toml")
    for rollup, block in rollups:
        _refuse_unknown(rollup.codes, known, block)
    for code, block in codes:
        _refuse_unknown((code.parent,) if code.parent else (), known, block)
        if code.parent and (known[code.parent].role, known[code.parent].parent) != (code.role, None):
            raise block.fault("WRONG_VALUE", "parent must be of the same role and have no parent itself.")
        for cue in code.cues:
            _refuse_unknown(cue.after_codes, known, block)
            for phrase in cue.phrases():
                lists = [stretch.word_list for stretch in phrase.stretches if stretch.word_list]
                _refuse_unknown(lists, words, block)


def _refuse_unknown(names: tuple[str, ...] | list[str], known: Mapping[str, object], block: Table) -> None:
    for name in names:
        if name not in known:
            raise block.fault("UNKNOWN_ID", f"{shown(name)} is not known.", did_you_mean(name, known))
