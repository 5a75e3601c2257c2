"""The tables of a study as one value to compare."""

import hashlib
import tempfile
from pathlib import Path

from transcript_alliance.errors import StudyError
from transcript_alliance.store.check import Finding, verify_study
from transcript_alliance.store.export import export_study
from transcript_alliance.store.study import open_study


def table_hashes(study: Path, format: str = "csv") -> dict[str, str]:
    """File name -> sha256, of all that an export writes."""
    with tempfile.TemporaryDirectory() as folder, open_study(study) as opened:
        export_study(opened, Path(folder), format, with_text=True)
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(Path(folder).iterdir())}


def damage_of(study: Path) -> tuple[Finding, ...]:
    """What `study verify` finds in a study; nothing where its making was broken off, which leaves it empty."""
    try:
        return verify_study(study)
    except StudyError:
        # Looked at now: opening it has taken back what was half made.
        if study.stat().st_size:
            raise
        return ()
