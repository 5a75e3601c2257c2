"""A bundle that comes back as it was written, and model folders that must be refused without running anything."""

import json
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.alliance.builders import tiny_encoder, tiny_session
from transcript_alliance.alliance.build import build_bundle
from transcript_alliance.alliance.bundle import CARD, MANIFEST, WEIGHTS, BundleInfo, file_sha256, read_bundle
from transcript_alliance.alliance.train import TrainPlan
from transcript_alliance.errors import DatasetError, ModelBundleError
from transcript_alliance.held_out import evaluate_model, floors_learned_on
from transcript_alliance.pipeline import load_model

PLAN = TrainPlan(epochs=1, probe_passes=2, lr_encoder=1e-3, frozen_layers=0)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle trained on ten sessions by the real code, with the tiny encoder."""
    folder = tmp_path_factory.mktemp("made")
    sessions = tuple(tiny_session(n, good=n % 4 < 2) for n in range(20))
    stages: list[str] = []
    build_bundle(
        sessions,
        folder / "tiny-0.1",
        tiny_encoder(folder / "encoder"),
        PLAN,
        folder / "run",
        lambda stage, at: stages.append(stage) if at.step == at.steps else None,
    )
    assert stages == [*(f"fold {n} of 5" for n in range(1, 6)), "final fit"]
    return folder / "tiny-0.1"


@pytest.fixture
def bundle(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "tiny-0.1"))


def test_a_bundle_loads_as_it_was_written(made: Path) -> None:
    model = load_model(made)
    assert model.info.name == "tiny-0.1"
    assert model.info.trained_on["sessions"] == 20
    assert len(model.info.calibration) == len(model.info.scales) == 10
    assert [q.scale for q in model.info.quality[:4]] == ["goal", "task", "bond", "total"]


def test_the_card_holds_every_figure_with_its_command(made: Path) -> None:
    card = (made / CARD).read_text("utf-8")
    assert "transcript-alliance evaluate" in card
    for scale in ("goal", "task", "bond", "total", "empathy"):
        assert f"| {scale} | Spearman |" in card
    assert "nan" not in card


def test_a_stopped_run_goes_on_with_its_finished_folds(made: Path, tmp_path: Path) -> None:
    sessions = tuple(tiny_session(n, good=n % 4 < 2) for n in range(20))
    stages: list[str] = []
    run = made.parent / "run"
    encoder = made.parent / "encoder"
    build_bundle(sessions, tmp_path / "again", encoder, PLAN, run, lambda stage, _: stages.append(stage))
    assert set(stages) == {"final fit"}
    assert file_sha256(tmp_path / "again" / WEIGHTS) == file_sha256(made / WEIGHTS)


def test_a_bundle_is_measured_on_sessions_it_never_saw(made: Path) -> None:
    model = load_model(made)
    # Longer than those it learned from, so other sessions, of people with other numbers.
    unseen = [tiny_session(n, good=n % 4 < 2, n_turns=24) for n in range(100, 108)]
    found = {(r.task, r.what, r.measure): r for r in evaluate_model(unseen, model).rows}
    assert found["wai-o-s", "total", "Spearman"].figure.value > 0.5
    assert found["wai-o-s", "total", "Spearman"].figure.n == 8
    assert found["rupture, session", "confrontation", "AUROC"].figure.value == 1


def test_a_bundle_is_not_measured_on_what_it_learned_from(made: Path) -> None:
    sessions = [tiny_session(100, good=True, n_turns=24), tiny_session(0, good=True)]
    with pytest.raises(DatasetError, match="learned from 1 of these 2 sessions"):
        evaluate_model(sessions, load_model(made))


def test_simple_methods_can_learn_elsewhere(made: Path) -> None:
    training = [tiny_session(n, good=n % 4 < 2) for n in range(20)]
    unseen = [tiny_session(n, good=n % 4 < 2, n_turns=24) for n in range(100, 108)]
    by_name = {
        f.name: f.predictions for f in floors_learned_on(training, unseen, load_model(made), made.parent / "encoder")
    }
    assert {p.shape for p in by_name.values()} == {(8, 10)}
    # Every other pair of sessions is good; the mean knows nothing of that, words do.
    assert len(set(by_name["mean"][:, 3].tolist())) == 1
    assert by_name["tf-idf ridge"][[0, 1, 4, 5], 3].min() > by_name["tf-idf ridge"][[2, 3, 6, 7], 3].max()


def _manifest(change: Callable[[dict[str, object]], object]) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        data = json.loads((folder / MANIFEST).read_text("utf-8"))
        change(data)
        (folder / MANIFEST).write_text(json.dumps(data), "utf-8")

    return spoil


def _reweigh(folder: Path, change: Callable[[dict[str, torch.Tensor]], object]) -> None:
    """Change the weights and make model.json agree, as an attacker or a careless copy would."""
    weights = load_file(folder / WEIGHTS)
    change(weights)
    save_file(weights, folder / WEIGHTS)
    data = json.loads((folder / MANIFEST).read_text("utf-8"))
    data["hashes"][WEIGHTS] = file_sha256(folder / WEIGHTS)
    (folder / MANIFEST).write_text(json.dumps(data), "utf-8")


class _Trap:
    """Runs when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return os.mkdir, (str(self.marker),)


def _pickled(folder: Path) -> None:
    (folder / WEIGHTS).write_bytes(pickle.dumps(_Trap(folder.parent / "trap-ran")))
    data = json.loads((folder / MANIFEST).read_text("utf-8"))
    data["hashes"][WEIGHTS] = file_sha256(folder / WEIGHTS)
    (folder / MANIFEST).write_text(json.dumps(data), "utf-8")


def _linked(folder: Path) -> None:
    (folder / WEIGHTS).rename(folder.parent / "elsewhere")
    (folder / WEIGHTS).symlink_to(folder.parent / "elsewhere")


HOSTILE: tuple[tuple[str, Callable[[Path], object], str], ...] = (
    ("no manifest", lambda f: (f / MANIFEST).unlink(), "NO_MODEL"),
    ("manifest is no JSON", lambda f: (f / MANIFEST).write_text("{", "utf-8"), "BAD_MODEL"),
    ("manifest of another shape", lambda f: (f / MANIFEST).write_text("[]", "utf-8"), "BAD_MODEL"),
    ("manifest endless", lambda f: (f / MANIFEST).write_text("[" * 6_000_000, "utf-8"), "BAD_MODEL"),
    ("manifest too deep", lambda f: (f / MANIFEST).write_text("[" * 200_000, "utf-8"), "BAD_MODEL"),
    ("unknown key", _manifest(lambda d: d.update(auto_map="x.py")), "BAD_MODEL"),
    ("missing key", _manifest(lambda d: d.pop("codes")), "BAD_MODEL"),
    ("format of tomorrow", _manifest(lambda d: d.update(format_version=99)), "MODEL_VERSION"),
    ("other codes", _manifest(lambda d: d.update(codes=["EMP"])), "MODEL_MISMATCH"),
    ("other scales", _manifest(lambda d: d.update(scales=["wai-o-s.goal"])), "MODEL_MISMATCH"),
    ("no hashes", _manifest(lambda d: d.update(hashes={})), "BAD_MODEL"),
    ("path out of the folder", _manifest(lambda d: d.update(hashes={"../../etc/passwd": "0"})), "BAD_MODEL"),
    ("weights missing", lambda f: (f / WEIGHTS).unlink(), "MODEL_CHANGED"),
    ("weights cut", lambda f: (f / WEIGHTS).write_bytes((f / WEIGHTS).read_bytes()[:-100]), "MODEL_CHANGED"),
    ("weights through a link", _linked, "MODEL_CHANGED"),
    ("tokenizer missing", lambda f: (f / "tokenizer.json").unlink(), "MODEL_CHANGED"),
    ("weights are a pickle", _pickled, "BAD_WEIGHTS"),
    ("weights not numbers", lambda f: _reweigh(f, lambda w: w["codes.bias"].fill_(float("nan"))), "BAD_WEIGHTS"),
    ("a tensor missing", lambda f: _reweigh(f, lambda w: w.pop("codes.bias")), "BAD_WEIGHTS"),
    ("a tensor reshaped", lambda f: _reweigh(f, lambda w: w.update({"codes.bias": torch.zeros(3)})), "BAD_WEIGHTS"),
)  # fmt: skip


@pytest.mark.parametrize(("spoil", "code"), [h[1:] for h in HOSTILE], ids=[h[0] for h in HOSTILE])
def test_a_hostile_or_damaged_model_folder_is_refused(bundle: Path, spoil: Callable[[Path], object], code: str) -> None:
    spoil(bundle)
    with pytest.raises(ModelBundleError) as caught:
        load_model(bundle)
    assert caught.value.code == code
    assert "\n" not in str(caught.value)
    assert not (bundle.parent / "trap-ran").exists()


def test_the_trap_is_a_trap(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(_Trap(tmp_path / "ran")))
    assert (tmp_path / "ran").exists()


def test_the_shipped_bundle_is_whole_and_small() -> None:
    from transcript_alliance.alliance.bundle import default_bundle

    info: BundleInfo = read_bundle(default_bundle())
    assert info.name == default_bundle().name
    assert sum(f.stat().st_size for f in default_bundle().iterdir()) < 60_000_000
