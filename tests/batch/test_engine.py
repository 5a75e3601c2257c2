"""Whatever one session does, the others are coded, and what is said about it holds none of its words."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.batch.coders import CANARY, PlainCoder
from transcript_alliance.batch.engine import MOST_ATTEMPTS, MOST_KILLS, Limits, Outcome, Task, run_tasks
from transcript_alliance.errors import ModelBundleError, StudyError

posix = pytest.mark.skipif(os.name == "nt", reason="POSIX signals")


def outcomes(folder: Path, contents: dict[str, str], limits: Limits) -> dict[str, Outcome]:
    tasks = []
    for name, content in contents.items():
        (folder / f"{name}.txt").write_text(f"T: {CANARY} {content}\nC: Yes.\nT: Well.\nC: No.\n", "utf-8")
        tasks.append(Task(name, folder / f"{name}.txt"))
    found = list(run_tasks(tasks, PlainCoder(), limits))
    assert len({one.session for one in found}) == len(found) == len(contents)
    return {one.session: one for one in found}


@posix
def test_poison_is_set_aside_with_its_reason_and_all_others_are_coded(tmp_path: Path) -> None:
    poison = {
        "unreadable": ("UNREADABLE", "NO_TURNS", 1),
        "raises": ("RAISE", "UNEXPECTED", 1),
        "segfault": ("SEGFAULT", "CRASHED", MOST_ATTEMPTS),
        "exits": ("EXIT", "CRASHED", MOST_ATTEMPTS),
        "killed": ("KILLED", "CRASHED", MOST_KILLS),
        "memory": ("MEMORY", "MEMORY", MOST_ATTEMPTS),
        "endless": ("LOOP", "TIMEOUT", MOST_ATTEMPTS),
    }
    contents = {**{f"good{k}": "how was it?" for k in range(6)}, **{name: word for name, (word, *_) in poison.items()}}
    found = outcomes(tmp_path, dict(sorted(contents.items())), Limits(jobs=2, session_s=8))
    for name, (_, code, attempts) in poison.items():
        fault = found[name].fault
        assert fault is not None
        assert (fault.code, found[name].attempts, found[name].coded) == (code, attempts, None)
        assert CANARY not in fault.reason
    assert all(found[f"good{k}"].coded and found[f"good{k}"].attempts == 1 for k in range(6))
    fault = found["segfault"].fault
    assert fault is not None
    assert fault.reason == "its worker process was ended by SIGSEGV."


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited on Linux alone")
def test_a_session_that_wants_too_much_memory_is_stopped_by_the_limit(tmp_path: Path) -> None:
    found = outcomes(tmp_path, {"good": "", "hog": "HOG"}, Limits(session_s=60, session_mb=200))
    fault = found["hog"].fault
    assert fault is not None
    assert (fault.code, fault.reason) == ("MEMORY", "took more than 200 MB of memory.")
    assert found["good"].coded


def test_a_missing_file_fails_by_itself(tmp_path: Path) -> None:
    (found,) = run_tasks([Task("gone", tmp_path / "gone.txt")], PlainCoder(), Limits(session_s=60))
    assert found.fault is not None
    assert (found.fault.code, found.attempts) == ("NOT_FOUND", 1)


def broken() -> Callable[[Path], bytes]:
    raise ModelBundleError("BAD_MODEL", "model.json is not one of ours", where="somewhere")


def dying() -> Callable[[Path], bytes]:
    os._exit(3)


def test_a_model_that_cannot_be_loaded_ends_the_run_with_its_own_words(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"somewhere: model\.json is not one of ours") as caught:
        list(run_tasks([Task("a", tmp_path)], broken, Limits()))
    assert caught.value.code == "BAD_MODEL"


def test_workers_that_never_start_blame_no_session(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="workers cannot start") as caught:
        list(run_tasks([Task("a", tmp_path)], dying, Limits()))
    assert caught.value.code == "NO_WORKER"


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_closing_the_iterator_ends_the_workers(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.txt").write_text("T: One.\nC: Two.\nT: Three.\nC: Four.\n", "utf-8")
    slow = run_tasks([Task(n, tmp_path / f"{n}.txt") for n in ("a", "b")], PlainCoder(delay_s=0.2), Limits())
    next(slow)
    assert workers()
    slow.close()
    deadline = time.monotonic() + 5
    while workers() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert workers() == []


def workers(parent: int | None = None) -> list[int]:
    """Process ids of the workers that a process has started."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            ppid = int(status.read_text().rpartition(")")[2].split()[1])
            command = (status.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if ppid == (parent or os.getpid()) and b"spawn_main" in command:
            found.append(int(status.parent.name))
    return found
