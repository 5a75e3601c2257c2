"""A trained model on disk: a folder that holds everything a score hangs on, and nothing that can run.

alliance-minilm-0.8/
    model.json           what the numbers mean: codes, scales, calibration, thresholds, figures, hashes
    model.safetensors    the network's weights, float16
    phrases.json         the phrases it knows, by who says them
    words.safetensors    what they weigh
    context.safetensors  weights of the network that reads the turns again, as a whole session, float16
    config.json          shape of the encoder
    tokenizer.json
    MODEL_CARD.md        for people
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from transcript_alliance.alliance.calibrate import ScaleCalibration
from transcript_alliance.alliance.drift import checked_reference
from transcript_alliance.annotations import RuptureKind, ScaleQuality
from transcript_alliance.coding.ruptures import EventRules
from transcript_alliance.coding.segments import N_FEATURES, SegmentModel
from transcript_alliance.errors import ModelBundleError, show_name

FORMAT_VERSION = 6
WEIGHTS, TOKENIZER, CONFIG, PHRASES, WORDS = READING = (
    "model.safetensors",
    "tokenizer.json",
    "config.json",
    "phrases.json",
    "words.safetensors",
)
"""What reads a turn, in every kind of bundle."""
CONTEXT = "context.safetensors"
HASHED = (*READING, CONTEXT)
MANIFEST, CARD = "model.json", "MODEL_CARD.md"
CODES_MANIFEST = "codes.json"
"""What a model of people's own codes has in the place of model.json."""
MAX_MANIFEST_BYTES = 5_000_000


@dataclass(frozen=True, slots=True)
class ContrastInfo:
    """A scorer's contrast, but for what its phrases weigh."""

    likeness_intercept: float
    weights: tuple[tuple[float, ...], ...]
    intercept: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class BundleInfo:
    """The contents of model.json."""

    name: str
    format_version: int
    codes: tuple[str, ...]
    features: tuple[str, ...]
    """What the scorer reads beside the words: side and code."""
    outputs: tuple[str, ...]
    """Items, skills and ruptures that it gives."""
    feature_mean: tuple[float, ...]
    feature_sd: tuple[float, ...]
    weights: tuple[tuple[float, ...], ...]
    """Scale points for a standard deviation of a feature, one row an output."""
    intercept: tuple[float, ...]
    contrast: ContrastInfo | None
    """What is different in sessions of the hard part; none where there were none."""
    blend_intercept: tuple[float, ...]
    blend_network: tuple[float, ...]
    blend_words: tuple[float, ...]
    blend_cues: tuple[float, ...]
    """How network, words and cues make one probability, one a code."""
    thresholds: tuple[float, ...]
    """From which probability a code is marked, one a code."""
    scales: tuple[str, ...]
    """Reported scales, `instrument.scale`."""
    calibration: tuple[ScaleCalibration, ...]
    """For the whole session, one a reported scale."""
    window_calibration: tuple[ScaleCalibration, ...]
    """For a part of it: goal, task, bond and total; none where no parts were rated."""
    least_known: float
    """Share of a session's words that the vocabulary must hold for it to be scored, 0..1."""
    withdrawal_segments: SegmentModel
    confrontation_segments: SegmentModel
    withdrawal_rules: EventRules
    confrontation_rules: EventRules
    quality: tuple[ScaleQuality, ...]
    reference: Mapping[str, tuple[float, ...]]
    """What its sessions were like: the `drift.PERCENTILES` of each measure."""
    trained_on: Mapping[str, Any]
    """Counts and hash of the training data, the plan, the seed."""
    hashes: Mapping[str, str]
    """sha256 of the files beside model.json."""

    def segments(self) -> dict[RuptureKind, SegmentModel]:
        """What tells the turns of an event of each kind."""
        return {
            RuptureKind.WITHDRAWAL: self.withdrawal_segments,
            RuptureKind.CONFRONTATION: self.confrontation_segments,
        }

    def rules(self) -> dict[RuptureKind, EventRules]:
        """What is said of events of each kind."""
        return {
            RuptureKind.WITHDRAWAL: self.withdrawal_rules,
            RuptureKind.CONFRONTATION: self.confrontation_rules,
        }


def write_manifest(folder: Path, info: BundleInfo) -> None:
    """Write model.json."""
    text = json.dumps(asdict(info), indent=1, ensure_ascii=False, allow_nan=False)
    (folder / MANIFEST).write_text(text + "\n", "utf-8")


def read_bundle(folder: Path) -> BundleInfo:
    """The checked contents of a bundle's model.json.

    Raises ModelBundleError when the folder or a file is missing, a hash differs, or the format is another.
    """
    where = show_name(folder)
    if not (folder / MANIFEST).is_file():
        is_codes = (folder / CODES_MANIFEST).is_file()
        hint = (
            "it is a model of codes: `code --codes` takes it, and `evaluate` of a table of codes"
            if is_codes
            else "--model takes a bundle's folder"
        )
        raise ModelBundleError("NO_MODEL", "no model here: model.json is missing", where=where, hint=hint)
    if (folder / MANIFEST).stat().st_size > MAX_MANIFEST_BYTES:
        raise ModelBundleError("BAD_MODEL", "model.json is too large to be one", where=where)
    try:
        data = json.loads((folder / MANIFEST).read_text("utf-8"))
        _require_format(data["format_version"], where)
        info = _info(data)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ModelBundleError(
            "BAD_MODEL",
            "model.json cannot be read as a model's description",
            where=where,
            hint="copy the bundle again, or train it anew",
        ) from None
    if set(info.hashes) != set(HASHED):
        raise ModelBundleError("BAD_MODEL", "model.json does not name the files of a model", where=where)
    for name, wanted in info.hashes.items():
        if file_sha256(folder / name) != wanted:
            raise ModelBundleError(
                "MODEL_CHANGED",
                f"{name} is missing or is not the file that model.json describes",
                where=where,
                hint="copy the bundle again",
            )
    return info


def _require_format(version: object, where: str) -> None:
    if version != FORMAT_VERSION:
        raise ModelBundleError(
            "MODEL_VERSION",
            "the bundle's format is of another version of the program",
            where=where,
            hint=f"this version reads format {FORMAT_VERSION}",
        )


_LISTS = (
    "codes", "thresholds", "features", "outputs", "feature_mean", "feature_sd", "intercept", "scales",
    "blend_intercept", "blend_network", "blend_words", "blend_cues",
)  # fmt: skip


def _info(data: dict[str, Any]) -> BundleInfo:
    tuples = {name: tuple(data[name]) for name in _LISTS}
    return BundleInfo(
        **{
            **data,
            **tuples,
            "weights": _rows(data["weights"]),
            "contrast": None if data["contrast"] is None else _contrast(data["contrast"]),
            "calibration": tuple(ScaleCalibration(**c) for c in data["calibration"]),
            "window_calibration": tuple(ScaleCalibration(**c) for c in data["window_calibration"]),
            "withdrawal_segments": _segments(data["withdrawal_segments"]),
            "confrontation_segments": _segments(data["confrontation_segments"]),
            "withdrawal_rules": EventRules(**data["withdrawal_rules"]),
            "confrontation_rules": EventRules(**data["confrontation_rules"]),
            "quality": tuple(ScaleQuality(**q) for q in data["quality"]),
            "reference": checked_reference(data["reference"]),
        }
    )


def _rows(table: list[list[float]]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in table)


def _contrast(data: dict[str, Any]) -> ContrastInfo:
    return ContrastInfo(float(data["likeness_intercept"]), _rows(data["weights"]), tuple(data["intercept"]))


def _segments(data: dict[str, Any]) -> SegmentModel:
    tables = {name: tuple(data[name]) for name in ("mean", "sd", "linear", "square")}
    if any(len(table) != N_FEATURES for table in tables.values()):
        raise ValueError("a table of the segments is not of the right size")
    return SegmentModel(intercept=data["intercept"], **tables)


def file_sha256(path: Path) -> str:
    """Hash of a file's bytes, as hexadecimal; empty when there is no such ordinary file."""
    if not path.is_file() or path.is_symlink():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def require_same(what: str, expected: tuple[str, ...], found: tuple[str, ...], where: str) -> None:
    """Raise ModelBundleError naming what differs when a bundle was made for other codes or scales."""
    if expected != found:
        odd = sorted(set(expected) ^ set(found)) or ["their order"]
        raise ModelBundleError(
            "MODEL_MISMATCH",
            f"the model's {what} are not those of this program ({', '.join(odd[:5])})",
            where=where,
            hint="use the bundle that came with this version, or train one with it",
        )
