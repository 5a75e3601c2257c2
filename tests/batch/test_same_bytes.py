"""However a batch is worked through, its tables are the same to the byte: 24 ways with each coder."""

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from tests.batch.coders import write_corpus
from tests.batch.driving import ROOT, Order, drive
from tests.batch.tables import table_hashes
from tests.batch.test_real_model import needs_model, write_held_out
from transcript_alliance.store.study import open_study

pytestmark = pytest.mark.slow
JOBS = (1, 2, 8)
THREADS = (1, 2, 8)
ENGINES = ("local", "dask")


def code(engine: str, corpus: Path, study: Path, order: Order) -> int:
    """How many sessions a batch in a process of its own coded."""
    with drive(engine, corpus, study, order) as driver:
        said = driver.communicate()[0].splitlines()
        assert driver.returncode == 0, said
    assert all(line.startswith("done ") for line in said), said
    return len(said)


def test_workers_order_interruption_and_engine_move_no_byte(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    corpus = write_corpus(tmp_path / "corpus", 12)
    found = {}
    for number, way in enumerate(product(JOBS, ENGINES, (0, 7), (0, 5))):
        jobs, engine, shuffle, stop_after = way
        study = tmp_path / f"{number}.db"
        n_first = code(engine, corpus, study, Order(jobs, shuffle=shuffle, stop_after=stop_after))
        assert n_first == (stop_after or 12)
        if stop_after:
            assert code(engine, corpus, study, Order(jobs, shuffle=shuffle)) == 12 - stop_after
        found[way] = table_hashes(study)
    assert len(found) == 24
    assert [way for way, tables in found.items() if tables != found[1, "local", 0, 0]] == []


@needs_model
def test_with_the_shipped_model_workers_threads_engine_and_caches_move_no_byte(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    corpus = tmp_path / "corpus"
    write_held_out(corpus, 8, n_turns=40)
    paths = sorted(corpus.iterdir())
    found = {}
    for jobs, threads, engine in product(JOBS, (1, 8), ENGINES):
        study = tmp_path / f"{jobs}-{threads}-{engine}.db"
        assert code(engine, corpus, study, Order(jobs, 600.0, threads=threads, shuffle=jobs)) == len(paths)
        found[jobs, threads, engine] = table_hashes(study)
    assert [way for way, tables in found.items() if tables != found[1, 1, "local"]] == []
    with open_study(tmp_path / "1-1-local.db") as opened:
        expected = [result.coded for result in opened.results(opened.latest_run())]
    others = dict(coded_here(paths))
    assert len(found) + len(others) == 24
    assert [way for way, results in others.items() if results != expected] == []


def coded_here(paths: list[Path]) -> Iterator[tuple[tuple[int, bool, bool], list[bytes]]]:
    """The sessions coded in this process: by threads, whether out of order, whether pieces of text are remembered."""
    from transcript_alliance import nlp
    from transcript_alliance.batch.coder import ModelCoder
    from transcript_alliance.settings import Settings

    for threads, is_shuffled, is_warm in product(THREADS, (False, True), (False, True)):
        code_path, order = ModelCoder(Settings(), threads)(), list(paths)
        if is_shuffled:
            random.Random(threads).shuffle(order)
        results = {}
        for path in (*order, *order) if is_warm else order:
            if not is_warm:
                nlp._remembered.cache_clear()
            results[path] = code_path(path)
        yield (threads, is_shuffled, is_warm), [results[path] for path in paths]


PRODUCTS = """
import numpy as np
from transcript_alliance.machine import one_thread_products

random = np.random.default_rng(0)
table, vector = random.standard_normal((20, 30_000)), random.random(30_000)
with one_thread_products():
    inside = (table @ vector).tobytes().hex()
print(inside, (table @ vector).tobytes().hex())
"""


def test_products_inside_hang_on_no_number_of_threads() -> None:
    found = []
    for threads in ("1", "4"):
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": threads, "PYTHONPATH": str(ROOT)}
        done = subprocess.run([sys.executable, "-c", PRODUCTS], env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        found.append(done.stdout.split())
    (one, bare_one), (four, bare_four) = found
    assert one == four == bare_one
    if bare_four == bare_one:
        pytest.skip("this library adds up in one order with any number of threads")
