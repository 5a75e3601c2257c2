"""The names that a report and a summary need, from the codebooks and instruments in use."""

from collections.abc import Mapping, Set

from transcript_alliance.annotations import CodedSession
from transcript_alliance.coding.codebook import Code, Codebooks
from transcript_alliance.coding.ruptures import STRATEGIES, SUBCODES
from transcript_alliance.instruments import TOTAL, Instrument, Instruments, Scoring
from transcript_alliance.report.labels import CodeLabel, Family, InstrumentLabel, ReportLabels, ScaleLabel

_BY_CODE: Mapping[str, Family] = {
    **{code: Family(kind) for kind, codes in SUBCODES.items() for code in codes},
    **dict.fromkeys(STRATEGIES, Family.REPAIR),
    "NEG": Family.HINDRANCE,
    # Against the alliance, though it stands among the codes that show it.
    "EXPECT_NEG": Family.OTHER,
}
_BY_CODEBOOK: Mapping[str, Family] = {"fis": Family.SKILL, "client": Family.CLIENT}
_AVERAGE = {"fis": 3.0}
"""Instruments whose raters start nowhere, but whose scales name an average."""


def report_labels(coded: CodedSession, codebooks: Codebooks, instruments: Instruments) -> ReportLabels:
    """Names of all codes, and of the instruments that `coded` has scores of, in the order of the scores."""
    rated: dict[str, set[str]] = {}
    for score in coded.scores:
        rated.setdefault(score.instrument, set()).add(score.scale)
    return ReportLabels(
        tuple(_code_label(code, codebooks) for code in codebooks.codes),
        tuple(_instrument_label(instruments.by_id(name), scales) for name, scales in rated.items()),
    )


def _code_label(code: Code, codebooks: Codebooks) -> CodeLabel:
    root = codebooks.by_id[code.parent] if code.parent else code
    family = _BY_CODE.get(code.id) or _BY_CODE.get(root.id) or _BY_CODEBOOK.get(root.codebook, Family.OTHER)
    return CodeLabel(code.id, code.label, code.definition, family, code.role, code.parent)


def _instrument_label(instrument: Instrument, rated: Set[str]) -> InstrumentLabel:
    """The scales that are scored and, where those are all that text shows, the ones that live in the voice."""
    complete = all(s.id in rated for s in instrument.subscales if s.text_codable)
    scales = [
        ScaleLabel(s.id, s.label, text_codable=s.text_codable)
        for s in instrument.subscales
        if s.id in rated or (complete and not s.text_codable)
    ]
    if TOTAL in rated:
        scales.append(ScaleLabel(TOTAL, "Total"))
    # A sum has another range than its items, and their neutral answer is no value of it.
    is_sum = instrument.scoring is Scoring.SUM
    ranges = [instrument.scale_range(scale.scale) for scale in scales]
    neutral = instrument.start if instrument.start is not None else _AVERAGE.get(instrument.id)
    return InstrumentLabel(
        instrument.id,
        instrument.name,
        instrument.source,
        min(low for low, _ in ranges),
        max(high for _, high in ranges),
        None if is_sum else neutral,
        tuple(scales),
    )
