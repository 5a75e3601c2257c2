"""The browser for the tests: which one, and how quiet it is to be."""

import io
import shutil
import tarfile
from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip

CHECKOUT = Path(__file__).resolve().parents[2]


def axe_source() -> str | None:
    """The script of axe-core, from the archive that `make axe` fetched; None when it is not there.

    axe-core is MPL-2.0; it is run beside the page by the tests and is no part of this project.
    """
    archives = sorted((CHECKOUT / ".cache" / "axe-core").glob("axe-core-*.tgz"))
    if not archives:
        return None
    with tarfile.open(fileobj=io.BytesIO(archives[-1].read_bytes())) as archive:
        script = archive.extractfile("package/axe.min.js")
        return script.read().decode() if script else None
