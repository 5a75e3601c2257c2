"""A bundle that comes back as it was written, and model folders that must be refused without running anything."""

import json
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.alliance.builders import tiny_encoder, tiny_session
from tests.builders import make_session
from transcript_alliance.alliance import fit_scorer
from transcript_alliance.alliance.build import PREPARING, build_bundle, cross_evaluate
from transcript_alliance.alliance.bundle import (
    CARD,
    CONTEXT,
    MANIFEST,
    WEIGHTS,
    WORDS,
    BundleInfo,
    file_sha256,
    read_bundle,
)
from transcript_alliance.alliance.dataset import OUTCOMES
from transcript_alliance.alliance.drift import RATED_CODES, SURFACE
from transcript_alliance.alliance.train import TrainPlan
from transcript_alliance.annotations import RuptureKind
from transcript_alliance.commands import main
from transcript_alliance.commands.evaluating import crossed, finished, write_evaluation
from transcript_alliance.errors import DatasetError, ModelBundleError
from transcript_alliance.figure_words import number
from transcript_alliance.held_out import evaluate_model, floors_learned_on
from transcript_alliance.pipeline import load_model
from transcript_alliance.session import Role, Session
from transcript_alliance.settings import default_bundle

PLAN = TrainPlan(epochs=1, probe_passes=2, lr_encoder=1e-3, frozen_layers=0)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle trained on ten sessions by the real code, with the tiny encoder."""
    folder = tmp_path_factory.mktemp("made")
    sessions = tuple(tiny_session(n, good=n % 4 < 2) for n in range(20))
    stages: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fit_scorer, "MIN_ORDINARY", 5)  # so that there is a contrast to keep
        build_bundle(
            sessions,
            folder / "tiny-0.1",
            tiny_encoder(folder / "encoder"),
            PLAN,
            folder / "run",
            lambda stage, at: stages.append(stage) if at.step == at.steps else None,
        )
    contexts = [f"context, fold {n} of 5" for n in range(1, 6)]
    folds = [f"fold {n} of 5" for n in range(1, 6)]
    assert stages == [PREPARING, *folds, *contexts, "final fit", "final context"]
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
    contrast = model.units.scorer.contrast
    assert contrast is not None
    assert contrast.phrase_weights.shape == model.units.scorer.phrase_weights.shape
    assert abs(contrast.phrase_weights).max() > 0


def test_the_card_holds_every_figure_with_its_command(made: Path) -> None:
    card = (made / CARD).read_text("utf-8")
    assert "transcript-alliance evaluate" in card
    for scale in ("goal", "task", "bond", "total", "empathy"):
        assert f"| {scale} | Spearman |" in card
    assert "nan" not in card


def test_a_bundle_knows_what_its_sessions_were_like(made: Path) -> None:
    reference = read_bundle(made).reference
    # Half of the sessions have 66 words of 12 turns in both wordings, half 108; every turn is of one of the sides.
    assert reference["n_turns"] == (12.0,) * 5
    assert (reference["n_words"][0], reference["n_words"][-1]) == (66.0, 108.0)
    assert reference["score.wai-o-s.total"][0] < 3 < 5 < reference["score.wai-o-s.total"][-1]
    assert set(reference) == {
        *(m.name for m in SURFACE),
        *(f"rate.{code}" for code in RATED_CODES),
        *(f"score.{scale}" for scale in read_bundle(made).scales),
    }


def _drift(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    code = main(["drift", *map(str, arguments)])
    out, err = capsys.readouterr()
    return code, out, err


def _write(folder: Path, name: str, session: Session) -> None:
    turns = range(len(session.turns))
    lines = [f"{'T' if session.role(t) is Role.THERAPIST else 'C'}: {session.turn_text(t)}" for t in turns]
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("\n".join(lines) + "\n", "utf-8")


def test_drift_of_the_sessions_learned_from_is_none(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for n in range(20):
        _write(tmp_path / "corpus", f"s{n:02}.txt", tiny_session(n, good=n % 4 < 2).session)
    code, out, err = _drift(capsys, tmp_path / "corpus", "--model", made, "--json", "--full")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert (found["sessions"], found["learned_from"], found["seen"]) == (20, 20, 20)
    assert len(found["measures"]) == len(SURFACE) + len(RATED_CODES) + 10
    assert {m["place"] for m in found["measures"] if m["measure"] in {s.name for s in SURFACE}} == {"inside"}


def test_drift_of_one_word_turns_is_said_and_no_failure(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for n in range(3):
        _write(tmp_path / "corpus", f"s{n}.txt", make_session("T: Heronwing?\nC: Crane.\n" * (6 + n)))
    (tmp_path / "corpus" / "prose.txt").write_text("A heronwing stood there.", "utf-8")
    code, out, err = _drift(capsys, tmp_path / "corpus", "--model", made)
    assert code == 1
    assert len(err.splitlines()) == 1
    assert out.startswith("3 sessions beside the 20 that tiny-0.1 learned from\n")
    assert "Words that the model knows, share: outside. Half of these sessions lie at 0.00 or below" in out
    assert "words in a therapist's turn, mean" in out
    assert "A difference is no error." in out
    assert "3 sessions lie far from all that was learned from:" in out
    assert "heronwing" not in (out + err).lower()


def test_a_stopped_run_goes_on_with_its_finished_folds(made: Path, tmp_path: Path) -> None:
    sessions = tuple(tiny_session(n, good=n % 4 < 2) for n in range(20))
    stages: list[str] = []
    run = made.parent / "run"
    encoder = made.parent / "encoder"
    build_bundle(sessions, tmp_path / "again", encoder, PLAN, run, lambda stage, _: stages.append(stage))
    assert not any(stage.startswith("fold") for stage in stages)
    assert "final fit" in stages
    for name in (WEIGHTS, CONTEXT):
        assert file_sha256(tmp_path / "again" / name) == file_sha256(made / name)


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


def test_a_finished_bundle_gets_a_page_beside_its_tables(made: Path, tmp_path: Path) -> None:
    model = load_model(made)
    unseen = [tiny_session(n, good=n % 4 < 2, n_turns=24) for n in range(100, 108)]
    evaluation = evaluate_model(unseen, model)
    # Four cold sessions of two observers, each with one confrontation.
    (counts,) = (e for e in evaluation.events if e.kind is RuptureKind.CONFRONTATION)
    assert counts.found + counts.missed == 8
    assert evaluation.pairs is not None
    assert len(evaluation.pairs.observed) == 8
    people = [(s.therapist, s.client) for s in unseen]
    write_evaluation(tmp_path / "new", Path("a & b"), finished(evaluation, [s.session for s in unseen], people, model))
    page, tables = ((tmp_path / "new" / name).read_text("utf-8") for name in ("evaluation.html", "evaluation.md"))
    assert [path.stat().st_mode & 0o777 for path in (tmp_path / "new").iterdir()] == [0o600] * 2
    assert "a &amp; b" in page
    assert "8 sessions of 4 therapists and 8 clients. It had learned from none of these sessions" in page
    for row in evaluation.rows:
        assert f"{row.what}, {row.measure}: {number(row.figure.value) or 'none'}" in page
        assert f"| {row.what} | {row.measure} |" in tables
    # 24 turns of four words and a half: too short for a score, and one sentence over and over.
    assert '<th scope="row">words</th><td>8</td>' in page
    assert '<th scope="row">learned from, sessions</th><td>20</td>' in page


def test_the_recipe_gets_a_page_too_beside_a_named_file(made: Path, tmp_path: Path) -> None:
    sessions = tuple(tiny_session(n, good=n % 4 < 2) for n in range(20))
    encoder, run = made.parent / "encoder", made.parent / "run"
    fitted = cross_evaluate(sessions, encoder, PLAN, run, lambda *_: None)
    write_evaluation(tmp_path / "figures.md", tmp_path, crossed(fitted, PLAN))
    page = (tmp_path / "figures.html").read_text("utf-8")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["figures.html", "figures.md"]
    assert "dealt into 5 folds that share no therapist and no client" in page
    assert '<th scope="row">probe passes</th><td>2</td>' in page


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


def _manifest(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        data = json.loads((folder / MANIFEST).read_text("utf-8"))
        change(data)
        (folder / MANIFEST).write_text(json.dumps(data), "utf-8")

    return spoil


def _without_contrast_phrases(folder: Path) -> None:
    tables = load_file(folder / WORDS)
    del tables["contrast_weights"]
    save_file(tables, folder / WORDS)
    data = json.loads((folder / MANIFEST).read_text("utf-8"))
    data["hashes"][WORDS] = file_sha256(folder / WORDS)
    (folder / MANIFEST).write_text(json.dumps(data), "utf-8")


def _reference(row: list[float]) -> Callable[[Path], None]:
    return _manifest(lambda d: d.update(reference={"n_words": row}))


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
    ("scales of no instrument", _manifest(lambda d: d.update(scales=["wai-o-s.goals"] * 10)), "MODEL_MISMATCH"),
    ("scales that no output gives", _manifest(lambda d: d.update(scales=["phq-9.total"] * 10)), "MODEL_MISMATCH"),
    ("fewer scales than lines", _manifest(lambda d: d.update(scales=["wai-o-s.goal"])), "BAD_MODEL"),
    ("other ruptures", _manifest(lambda d: d.update(outputs=[*OUTCOMES[:-2], *OUTCOMES[:2]])), "MODEL_MISMATCH"),
    ("a contrast without its phrases' weights", _without_contrast_phrases, "BAD_MODEL"),
    ("a contrast of other features", _manifest(lambda d: d["contrast"].update(weights=[[0.0]])), "BAD_MODEL"),
    ("a contrast that is none", _manifest(lambda d: d.update(contrast=[])), "BAD_MODEL"),
    ("phrases of a contrast that is not there", _manifest(lambda d: d.update(contrast=None)), "BAD_MODEL"),
    ("a reference of four", _reference([1, 2, 3, 4]), "BAD_MODEL"),
    ("a reference that falls", _reference([1, 2, 3, 5, 4]), "BAD_MODEL"),
    ("a reference of another shape", _manifest(lambda d: d.update(reference=[])), "BAD_MODEL"),
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
    info: BundleInfo = read_bundle(default_bundle())
    assert info.name == default_bundle().name
    assert sum(f.stat().st_size for f in default_bundle().iterdir()) < 60_000_000
