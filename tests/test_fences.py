"""Each heavy library has its few places, and what runs code or opens connections has none."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sources import PACKAGE, imports, modules

HOMES = {
    "spacy": ("nlp", "spacy_factory"),
    "torch": (
        "alliance.encoder",
        "alliance.train",
        "alliance.predict",
        "alliance.codes_net",
        "alliance.context",
        "alliance.fit_context",
    ),
    "transformers": ("alliance.encoder", "alliance.train", "alliance.predict"),
    "sklearn": ("alliance.baseline", "alliance.fit_words"),
    "pandas": ("readers", "research", "store", "alliance.dataset"),
    "typer": ("commands",),
    "rich": ("commands",),
    "jinja2": ("report",),
    # What a person writes by hand is checked key by key.
    "pydantic": ("settings", "segment.speaker_file"),
    # Files of strangers are opened in one place each.
    "defusedxml": ("readers",),
    "openpyxl": ("readers",),
    "pypdf": ("readers",),
    "docx": ("report.word",),
    "starlette": ("review",),
    "uvicorn": ("review",),
    "dask": ("batch",),
    "dask_jobqueue": ("batch",),
    "distributed": ("batch",),
    "duckdb": ("store",),
    # It writes words down; nothing else may be taken from a voice.
    "faster_whisper": ("asr",),
}
"""Library -> the modules or folders of the package that may import it."""

NEVER = {
    # Loading one runs whatever code its file holds.
    **dict.fromkeys(("pickle", "joblib", "dill", "cloudpickle", "shelve", "marshal", "skops"), "runs code on loading"),
    # Nothing leaves the machine.
    **dict.fromkeys(
        (
            "socket",
            "ssl",
            "urllib",
            "urllib3",
            "requests",
            "httpx",
            "aiohttp",
            "ftplib",
            "smtplib",
            "http",
            "telnetlib",
        ),
        "reaches the network",
    ),
    # Words only: from a voice one could read emotions, and that is another kind of program.
    **dict.fromkeys(
        ("wave", "audioop", "librosa", "soundfile", "sounddevice", "pyaudio", "torchaudio", "av"),
        "reads sound",
    ),
    # Ten seconds of import for what the encoder does by itself.
    "sentence_transformers": "is not needed",
}
CALLS = ("eval", "exec", "compile", "__import__")
ATTRIBUTES = {
    ("torch", "load"),
    ("joblib", "load"),
    ("pickle", "load"),
    ("pickle", "loads"),
    ("yaml", "load"),
    ("os", "system"),
    ("os", "popen"),
    ("pd", "read_pickle"),
    ("pd", "eval"),
}
TRUE_KEYWORDS = ("trust_remote_code", "shell", "allow_pickle")


def breaches(source: str, module: str) -> list[str]:
    """What `source`, the text of `module`, does that it may not."""
    place = module.removeprefix(f"{PACKAGE}.")
    return [*_imports(source, module, place), *_calls(source)]


def _imports(source: str, module: str, place: str) -> Iterator[str]:
    for library in sorted({name.split(".")[0] for name in imports(source, module)}):
        if library in NEVER:
            yield f"{library} {NEVER[library]}"
        homes = HOMES.get(library)
        if homes is not None and not any(place == home or place.startswith(f"{home}.") for home in homes):
            yield f"{library} belongs in {', '.join(homes)}"


def _calls(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in CALLS:
            yield f"line {node.lineno}: {node.func.id}"
        if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            name = (node.func.value.id, node.func.attr)
            if name in ATTRIBUTES:
                yield f"line {node.lineno}: {'.'.join(name)}"
        for keyword in node.keywords:
            off = isinstance(keyword.value, ast.Constant) and not keyword.value.value
            if keyword.arg in TRUE_KEYWORDS and not off:
                yield f"line {node.lineno}: {keyword.arg}"


@pytest.mark.parametrize(("module", "path"), [pytest.param(m, p, id=m) for m, p in modules()])
def test_nothing_is_where_it_may_not_be(module: str, path: Path) -> None:
    assert breaches(path.read_text("utf-8"), module) == []


@pytest.mark.parametrize("library", sorted(HOMES))
@pytest.mark.parametrize("form", ["import {}", "from {} import x", "import {}.y as z", "def f():\n    import {}"])
def test_teeth_a_library_outside_its_home_is_found(library: str, form: str) -> None:
    assert breaches(form.format(library), "transcript_alliance.segment.turns")
    assert breaches(form.format(library), f"transcript_alliance.{HOMES[library][0]}") == []


@pytest.mark.parametrize("library", sorted(NEVER))
def test_teeth_a_library_without_a_home_is_found_everywhere(library: str) -> None:
    for home in {home for homes in HOMES.values() for home in homes}:
        assert breaches(f"import {library}", f"transcript_alliance.{home}")


@pytest.mark.parametrize(
    "line",
    [
        "torch.load(path)",
        "yaml.load(text)",
        "pd.read_pickle(path)",
        "os.system('ls')",
        "eval('1')",
        "exec(text)",
        "compile(text, '', 'exec')",
        "__import__('os')",
        "AutoModel.from_pretrained(path, trust_remote_code=True)",
        "AutoModel.from_pretrained(path, trust_remote_code=flag)",
        "subprocess.run('ls', shell=True)",
        "np.load(path, allow_pickle=True)",
        "from urllib.request import urlopen",
        "from http.client import HTTPConnection",
    ],
)
def test_teeth_a_dangerous_line_is_found(line: str) -> None:
    assert breaches(line, "transcript_alliance.alliance.train")


@pytest.mark.parametrize(
    "line",
    [
        "re.compile('x')",
        "net.eval()",
        "json.load(file)",
        "AutoModel.from_pretrained(path, trust_remote_code=False)",
        "subprocess.run(['ls'], shell=False)",
    ],
)
def test_what_only_looks_alike_is_free(line: str) -> None:
    assert breaches(line, "transcript_alliance.alliance.train") == []
