"""The processors of this machine, and how numbers are kept from hanging on how many there are."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager
from functools import cache, partial
from multiprocessing import get_context
from typing import TypeVar

from threadpoolctl import ThreadpoolController

Item = TypeVar("Item")
Found = TypeVar("Found")


def n_processors() -> int:
    """Processors that this process may use, 1 or more."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def one_thread_products() -> AbstractContextManager[object]:
    """While it is entered, NumPy works out each matrix product on one thread.

    Over several, the parts of a sum are added up in another order, and its last digits are others. The products of
    scoring are also too small to be shared out: on two threads they take ten times as long.
    """
    limit: AbstractContextManager[object] = _controller().limit(limits=1, user_api="blas")
    return limit


def side_by_side(work: Callable[[Item], Found], items: Sequence[Item], worth_it: bool) -> Iterator[Found]:
    """What `work` gives for each item, in their order and one by one; each processor does one item at a time.

    For work in steps so small that one processor does them as fast as several. In processes of their own where that
    is `worth_it` (starting one takes some seconds), else here; found is the same. `work` is then a function of a
    module, or a `partial` of one, and it and what it is given are copied to each process.
    """
    n_processes = min(len(items), n_processors())
    work = partial(_on_one_thread, work)
    if not worth_it or n_processes < 2:
        yield from map(work, items)
        return
    with ProcessPoolExecutor(n_processes, get_context("spawn")) as pool:
        yield from pool.map(work, items)


def _on_one_thread(work: Callable[[Item], Found], item: Item) -> Found:
    with one_thread_products():
        return work(item)


@cache
def _controller() -> ThreadpoolController:
    """Looked for once: it goes through every library that is loaded."""
    return ThreadpoolController()
