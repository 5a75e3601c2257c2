"""A page as PDF, printed by the Chromium-like browser that is on this machine.

The browser gets one file in a folder of its own that only the owner can read and that is gone afterwards; it may
look up no host, so nothing can leave the machine even if a page asked for it.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from transcript_alliance.errors import OutputError

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
"""Where browsers are that are not on the search path."""
QUIET = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--no-pdf-header-footer",
)
TIMEOUT_S = 60.0
"""A report of 500 turns takes a second or two. Our choice."""
_PREFIX = "transcript-alliance-"
_STALE_S = 3600
"""A folder of ours older than this was left by a process that was killed. Our choice."""
_HINT = "take --format html, open it in a browser and print it to PDF there"


def find_browser() -> str | None:
    """Path of a browser that can print, or None."""
    found = (shutil.which(name) for name in BROWSERS)
    return next((path for path in found if path), None) or next((p for p in PLACES if Path(p).is_file()), None)


def print_pdf(page: str, browser: str | None, timeout_s: float = TIMEOUT_S) -> bytes:
    """The page as PDF bytes, on the sheet that its style names.

    Raises: OutputError NO_BROWSER when there is none, PDF_FAILED when it prints nothing in time.
    """
    if browser is None:
        raise OutputError("NO_BROWSER", "no Chromium, Chrome or Edge was found to make a PDF with.", hint=_HINT)
    _sweep(Path(tempfile.gettempdir()))
    # Ours alone from the first byte (0700), and removed with all that the browser left in it.
    with tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        source, target = folder / "page.html", folder / "page.pdf"
        source.write_bytes(page.encode("utf-8", "xmlcharrefreplace"))
        _run(_command(browser, source, target, folder / "profile"), timeout_s)
        try:
            content = target.read_bytes()
        except OSError:
            content = b""
    if not content.startswith(b"%PDF-"):
        raise OutputError("PDF_FAILED", "the browser printed no PDF.", hint=_HINT)
    return content


def _command(browser: str, source: Path, target: Path, profile: Path) -> list[str]:
    # Chromium refuses its own sandbox to the superuser, as in many containers; everybody else keeps it. Without one,
    # the process that stands by to be copied for each page is of no use and costs time.
    bare = ("--no-sandbox", "--no-zygote") if hasattr(os, "geteuid") and os.geteuid() == 0 else ()
    return [browser, *QUIET, *bare, f"--user-data-dir={profile}", f"--print-to-pdf={target}", source.as_uri()]


def _run(command: Sequence[str], timeout_s: float) -> None:
    try:
        # What it prints can name the page; nobody needs it.
        subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        what = f"the browser did not finish within {timeout_s:.0f} seconds."
        raise OutputError("PDF_FAILED", what, hint=_HINT) from None
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise OutputError("PDF_FAILED", f"the browser could not be started: {reason}.", hint=_HINT) from None


def _sweep(folder: Path) -> None:
    for left in folder.glob(f"{_PREFIX}*"):
        try:
            stale = time.time() - left.lstat().st_mtime > _STALE_S and not left.is_symlink() and left.is_dir()
        except OSError:
            continue
        if stale:
            shutil.rmtree(left, ignore_errors=True)
