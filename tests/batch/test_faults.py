"""A disk that fails at any call: told in one line, and nothing lost. `python -m tests.batch.fault_loop` does all."""

import os
import shutil
import sys

import pytest

from tests.batch.fault_loop import run_under_failing_io

EVERY = os.environ.get("FAULTS_EVERY", "29")
"""One in so many calls. A prime, so that it falls into step with nothing."""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux" or shutil.which("cc") is None, reason="needs Linux and a C compiler")
def test_a_call_to_the_disk_that_fails_ends_in_one_line_and_costs_nothing() -> None:
    pytest.importorskip("duckdb")
    done = run_under_failing_io(["--every", EVERY])
    assert done.returncode == 0, done.stdout + done.stderr
