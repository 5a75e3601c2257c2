"""The program's own sources as the guards of its structure read them."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "transcript_alliance"


def modules() -> Iterator[tuple[str, Path]]:
    """Dotted name and path of every module of the package, and `cli`."""
    for path in sorted((ROOT / PACKAGE).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path
    yield "cli", ROOT / "cli.py"


def imports(source: str, module: str, *, is_package: bool = False) -> list[str]:
    """Dotted names that `source`, the text of `module`, imports anywhere, relative ones resolved."""
    package = module if is_package else module.rpartition(".")[0]
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            # `from package import module` names the module last; a plain name does no harm there.
            found += [f"{base}.{alias.name}" for alias in node.names]
    return found
