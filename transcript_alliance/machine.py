"""The processors of this machine, and how numbers are kept from hanging on how many there are."""

import os
from contextlib import AbstractContextManager
from functools import cache

from threadpoolctl import ThreadpoolController


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


@cache
def _controller() -> ThreadpoolController:
    """Looked for once: it goes through every library that is loaded."""
    return ThreadpoolController()
