"""A disk that fills up: each stop is told, and the study and its tables lose nothing by it."""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.batch.coders import CANARY
from tests.batch.tables import damage_of, table_hashes
from tests.store.test_study import fill, rows
from transcript_alliance.errors import OutputError, TranscriptError
from transcript_alliance.store.check import verify_study
from transcript_alliance.store.export import FORMATS, SEAL, export_study, verify_tables
from transcript_alliance.store.study import open_study


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(folder)]
    if sys.platform != "linux" or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_told_and_costs_nothing_that_was_kept(small_disk: Path) -> None:
    path = small_disk / "study.db"
    with pytest.raises(OutputError, match=r"the disk is full.* MB free\)") as caught:
        fill(path, 40, padding=60_000)
    assert CANARY not in str(caught.value)
    subprocess.run(["mount", "-o", "remount,size=50m", str(small_disk)], check=True)
    assert verify_study(path) == ()
    fill(path, 40, padding=60_000)
    calm = small_disk / "calm.db"
    fill(calm, 40, padding=60_000)
    with open_study(path) as one, open_study(calm) as other:
        assert list(one.results(one.latest_run())) == list(other.results(other.latest_run()))


def grow(disk: Path, work: Callable[[], None]) -> Iterator[TranscriptError]:
    """Do the work on a disk of one page more each time; the error of each stop, until it goes through."""
    for size_kb in range(8, 4_000, 4):
        subprocess.run(["mount", "-o", f"remount,size={size_kb}k", str(disk)], check=True)
        try:
            work()
        except TranscriptError as error:
            yield error
        else:
            return


def test_a_study_on_a_disk_that_grows_page_by_page_loses_nothing_at_any_stop(small_disk: Path) -> None:
    calm, path = small_disk.parent / "calm.db", small_disk / "study.db"
    fill(calm, 4, padding=6_000)
    n_stops = 0
    for error in grow(small_disk, lambda: fill(path, 4, padding=6_000)):
        assert (error.code, " MB free)" in str(error)) == ("DISK_FULL", True)
        n_stops += 1
        if path.exists():
            # Elsewhere, for reading too needs a little room.
            elsewhere = small_disk.parent / f"stop{n_stops}"
            elsewhere.mkdir()
            assert damage_of(copied(path, elsewhere)) == ()
    # Each stop is a page further on; a handful would mean that most were stepped over.
    assert n_stops > 30
    assert rows(path) == rows(calm)


@pytest.mark.parametrize("format", FORMATS)
def test_an_export_on_a_disk_that_grows_page_by_page_is_whole_or_not_there(small_disk: Path, format: str) -> None:
    if format == "parquet":
        pytest.importorskip("duckdb")
    calm, tables = small_disk.parent / "calm.db", small_disk / "tables"
    fill(calm, 4, padding=6_000)
    n_stops = 0

    def export() -> None:
        with open_study(calm) as study:
            export_study(study, tables, format, with_text=True)

    for error in grow(small_disk, export):
        assert error.code in ("DISK_FULL", "WRITE_FAILED")
        assert " MB free)" in str(error)
        n_stops += 1
        assert not (tables / SEAL).exists()
        assert not list(tables.glob(".*")), "what is not whole is taken away"
    assert n_stops > 10
    assert verify_tables(tables) == ()
    assert {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in tables.iterdir()} == table_hashes(
        calm, format
    )


def copied(study: Path, folder: Path) -> Path:
    """The study with its log."""
    for file in study.parent.glob("study.db*"):
        shutil.copy(file, folder)
    return folder / study.name
