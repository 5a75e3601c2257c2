"""Text of a PDF or an Excel workbook, as JSON. Runs as a process of its own; imports nothing of this package.

`isolated.run_isolated` starts it with the kind of file, a limit in bytes and one in seconds; the file comes on
standard input. Exit code 0, 1 when the file cannot be read, 3 above a limit.
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, time, timedelta
from io import BytesIO
from types import MappingProxyType
from typing import Any

TOO_MUCH = 3
MAX_PAGES = 2_000
MAX_ROWS = 60_000
"""Of a sheet, empty ones included."""
MAX_CELLS = 1_001
"""Of a row: one more than a reader takes, so that it can tell."""
MAX_CHARS = 60_000_000


def pages(data: bytes) -> list[str]:
    """The text of each page of a PDF, in order.

    Raises: whatever pypdf raises; MemoryError above a limit.
    """
    from pypdf import PdfReader

    reader = PdfReader(BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        raise ValueError
    found: list[str] = []
    n_chars = 0
    for number, page in enumerate(reader.pages):
        found.append(page.extract_text())
        n_chars += len(found[-1])
        if number >= MAX_PAGES or n_chars > MAX_CHARS:
            raise MemoryError
    return found


def sheets(data: bytes) -> list[list[list[str]]]:
    """The rows of each visible sheet of a workbook, as texts; formulas give the value that was last computed.

    Raises: whatever openpyxl raises; MemoryError above a limit.
    """
    # It would only be imported, and takes address space for each processor.
    sys.modules.setdefault("numpy", None)  # type: ignore[arg-type]
    from openpyxl import load_workbook

    book = load_workbook(BytesIO(data), read_only=True, data_only=True, keep_links=False)
    found = []
    n_chars = 0
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            continue
        sheet.reset_dimensions()  # what the file says of its own size may be anything
        rows = []
        for number, row in enumerate(sheet.iter_rows(max_col=MAX_CELLS, values_only=True)):
            cells = _filled(row)
            while cells and not cells[-1]:
                cells.pop()
            rows.append(cells)
            n_chars += sum(map(len, cells)) + len(cells)
            if number >= MAX_ROWS or n_chars > MAX_CHARS:
                raise MemoryError
        found.append(rows)
    return found


def _filled(row: Sequence[Any]) -> list[str]:
    """The texts of a row up to its last cell with a value; what follows is filled up by the library, and long."""
    cells: list[str] = []
    left = len(row) - row.count(None)
    for value in row:
        if not left:
            break
        cells.append(cell_text(value))
        left -= value is not None
    return cells


def cell_text(value: Any) -> str:
    """A cell's value as a person would read it; a length of time as `h:mm:ss`.

    >>> cell_text(None), cell_text(3.0), cell_text(timedelta(seconds=75.5)), cell_text(time(0, 1, 5)), cell_text(True)
    ('', '3', '0:01:15.500', '0:01:05', 'TRUE')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, time):
        value = timedelta(hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond)
    if isinstance(value, timedelta):
        minutes, ms = divmod(round(value.total_seconds() * 1000), 60_000)
        fraction = f".{ms % 1000:03}" if ms % 1000 else ""
        return f"{minutes // 60}:{minutes % 60:02}:{ms // 1000:02}{fraction}"
    return str(value)


KINDS: Mapping[str, Callable[[bytes], Any]] = MappingProxyType({"pdf": pages, "xlsx": sheets})


def limit(n_bytes: int, seconds: int) -> None:
    """Let the system end this process when it takes more, where the system can."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        resource.setrlimit(resource.RLIMIT_AS, (n_bytes, n_bytes))


def main(kind: str, n_bytes: str, seconds: str) -> int:
    """Read standard input, write standard output; the exit code."""
    limit(int(n_bytes), int(seconds))
    try:
        sys.stdout.write(json.dumps(KINDS[kind](sys.stdin.buffer.read())))
    except (MemoryError, RecursionError):
        return TOO_MUCH
    except Exception:  # a library's error may hold words of the session, so it ends here
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
