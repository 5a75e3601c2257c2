"""What a change of anything costs: the sessions it touches and no others, or a new run that shares no table."""

import csv
import io
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.batch.coders import PlainCoder, write_corpus
from tests.batch.tables import table_hashes
from transcript_alliance.batch import coder
from transcript_alliance.batch.corpus import list_corpus
from transcript_alliance.batch.engine import Limits
from transcript_alliance.batch.run import carry_out, plan_run
from transcript_alliance.settings import Settings
from transcript_alliance.store.export import export_study
from transcript_alliance.store.study import open_study

N = 3
HASHES = {"model.safetensors": "a" * 64, "tokenizer.json": "b" * 64}


@dataclass
class World:
    """All that a coding hangs on; no model is needed to tell what it is."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    settings: Settings = field(default_factory=Settings)

    @property
    def corpus(self) -> Path:
        return self.folder / "corpus"

    def write_bundle(self, name: str = "plain-1", about: str = "", **hashes: str) -> None:
        """The description of a trained bundle."""
        (self.folder / "bundle").mkdir(exist_ok=True)
        described = {"name": name, "hashes": {**HASHES, **hashes}, "about": about}
        (self.folder / "bundle" / "model.json").write_text(json.dumps(described))

    def write_manifest(self, ages: list[int]) -> None:
        """Who the sessions belong to."""
        lines = ["session,client,age", *(f"S{number:03},C{number},{age}" for number, age in enumerate(ages))]
        (self.corpus / "list.csv").write_text("\n".join(lines) + "\n")

    def start(self) -> tuple[list[str], tuple[str, ...], int]:
        """A start on the study: what is coded, what is said to differ, and how many sessions the tables then hold."""
        identity = coder.run_identity(self.settings)
        manifest = self.corpus / "list.csv"
        entries = list_corpus([str(manifest if manifest.exists() else self.corpus)], self.settings.read)
        with open_study(self.folder / "study.db", write=True) as study:
            plan = plan_run(study, entries, identity, self.settings)
            list(carry_out(study, plan, PlainCoder(identity=identity), Limits(session_s=60)))
            export_study(study, self.folder / "tables")
            runs = {identity.key for identity in (run.identity for run in study.runs())}
        table = (self.folder / "tables" / "sessions.csv").read_text("utf-8")
        rows = list(csv.DictReader(io.StringIO(table)))
        assert {row["run"] for row in rows} == {identity.key}, "one run in one table"
        assert identity.key in runs
        return [task.session for task, _ in plan.todo], plan.changes, sum(row["state"] == "coded" for row in rows)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A finished study."""
    made = World(tmp_path, monkeypatch)
    write_corpus(made.corpus, N)
    made.write_manifest([30] * N)
    made.write_bundle()
    made.settings = Settings.model_validate({"model": {"path": str(tmp_path / "bundle")}})
    assert made.start() == (["S000", "S001", "S002"], (), N)
    return made


def replace_words(world: World) -> None:
    (world.corpus / "S001.txt").write_text("T: Other.\nC: Words.\nT: Than.\nC: Before.\n", "utf-8")


def replace_words_unseen(world: World) -> None:
    """As long as before, and with the time of before."""
    file = world.corpus / "S001.txt"
    before = file.stat()
    file.write_text(file.read_text("utf-8").replace("heronwing", "wingheron"), "utf-8")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)


def add_session(world: World) -> None:
    (world.corpus / "S003.txt").write_text("T: New.\nC: Words.\nT: Are.\nC: Here.\n", "utf-8")
    world.write_manifest([30] * (N + 1))


def name_speakers(world: World) -> None:
    (world.corpus / "speakers.toml").write_text('[speakers]\nT = "therapist"\n', "utf-8")


def touch(world: World) -> None:
    for file in world.corpus.glob("S*.txt"):
        os.utime(file)


def correct_covariate(world: World) -> None:
    world.write_manifest([30, 31, 30])


ALL = [f"S{number:03}" for number in range(N)]
OF_INPUTS: tuple[tuple[Callable[[World], None], list[str], int], ...] = (
    (replace_words, ["S001"], N),
    (replace_words_unseen, ["S001"], N),
    (add_session, ["S003"], N + 1),
    (name_speakers, ALL, N),
    (touch, [], N),
    (correct_covariate, [], N),
)


@pytest.mark.parametrize(("change", "coded", "n_rows"), OF_INPUTS, ids=[one[0].__name__ for one in OF_INPUTS])
def test_a_changed_input_is_coded_again_in_the_same_run(
    world: World, change: Callable[[World], None], coded: list[str], n_rows: int
) -> None:
    change(world)
    assert world.start() == (coded, (), n_rows)
    assert world.start() == ([], (), n_rows)


def another_setting(world: World) -> None:
    world.settings = world.settings.model_validate({**world.settings.model_dump(), "roles": {"therapist": "T"}})


def another_codebook(world: World) -> None:
    world.monkeypatch.setattr(coder, "load_codebooks", lambda: SimpleNamespace(sha256="1" * 64))


def another_instrument(world: World) -> None:
    world.monkeypatch.setattr(coder, "load_instruments", lambda: SimpleNamespace(sha256="2" * 64))


def other_weights(world: World) -> None:
    world.write_bundle(**{"model.safetensors": "c" * 64})


def another_tokenizer(world: World) -> None:
    world.write_bundle(**{"tokenizer.json": "d" * 64})


def another_bundle(world: World) -> None:
    """The same network, and other figures beside it."""
    world.write_bundle(about="calibrated anew")


def another_name(world: World) -> None:
    world.write_bundle("plain-2")


def another_version(world: World) -> None:
    world.monkeypatch.setattr(coder, "__version__", "99.0")


def another_library(world: World) -> None:
    world.monkeypatch.setattr("importlib.metadata.version", lambda name: "99.0" if name == "torch" else "1.0")


def another_machine(world: World) -> None:
    world.monkeypatch.setattr("platform.machine", lambda: "vax")


OF_THE_RUN: tuple[tuple[Callable[[World], None], str], ...] = (
    (another_setting, "settings_sha256"),
    (another_codebook, "codebooks_sha256"),
    (another_instrument, "instruments_sha256"),
    (other_weights, "model_sha256"),
    (another_tokenizer, "tokenizer_sha256"),
    (another_bundle, "model_sha256"),
    (another_name, "model"),
    (another_version, "package_version"),
    (another_library, "-> 99.0"),
    (another_machine, "machine"),
)


@pytest.mark.parametrize(("change", "named"), OF_THE_RUN, ids=[one[0].__name__ for one in OF_THE_RUN])
def test_what_can_move_a_score_begins_a_new_run_that_names_it(
    world: World, change: Callable[[World], None], named: str
) -> None:
    before = table_hashes(world.folder / "study.db")
    change(world)
    coded, changes, n_rows = world.start()
    assert (coded, n_rows) == (ALL, N)
    assert any(one.endswith(named) for one in changes)
    assert world.start() == ([], (), N)
    assert table_hashes(world.folder / "study.db") != before


def test_back_to_what_was_is_back_to_its_tables_at_no_cost(world: World) -> None:
    before = table_hashes(world.folder / "study.db")
    other_weights(world)
    world.start()
    world.write_bundle()
    assert world.start() == ([], (), N)
    assert table_hashes(world.folder / "study.db") == before
