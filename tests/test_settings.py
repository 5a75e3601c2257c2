"""Settings: complete by default, strict about what a file says, and the same hash for the same choices."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from transcript_alliance.errors import SettingsError
from transcript_alliance.settings import Settings, Table, load_settings, models_folder, override, settings_toml

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def file(text: str) -> Path:
        path = tmp_path / "settings.toml"
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        return path

    return file


def tables() -> dict[str, Table]:
    return dict(Settings())


def test_no_file_means_the_defaults() -> None:
    settings = load_settings(None)
    assert settings == Settings()
    assert (settings.abstain.min_turns, settings.abstain.min_words) == (20, 300)
    assert (settings.abstain.max_unknown_share, settings.abstain.max_loop_share) == (0.30, 0.05)


def test_a_file_changes_what_it_names_and_nothing_else(write: Write) -> None:
    settings = load_settings(write('\ufeff[abstain]\nmin_turns = 40\n[roles]\ntherapist = "Dr Ada"\n'))
    assert settings == override(Settings(), {"abstain.min_turns": 40, "roles.therapist": "Dr Ada"})


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        (
            '[roles]\ntherapst = "secretword"',
            "UNKNOWN_KEY",
            "settings.toml: unknown key roles.therapst. Hint: did you mean roles.therapist?",
        ),
        ("min_turns = 3", "UNKNOWN_KEY", "settings.toml: unknown key min_turns. Hint: did you mean abstain.min_turns?"),
        (
            "[zzz]\nqqq = 3",
            "UNKNOWN_KEY",
            "settings.toml: unknown key zzz. Hint: `transcript-alliance settings` prints all keys",
        ),
        (
            "[roles]\ntherapist = secretword",
            "BROKEN_TOML",
            'settings.toml line 2: not valid TOML. Hint: text values need quotes: format = "vtt"',
        ),
        (
            "[roles]\n[roles]",
            "BROKEN_TOML",
            'settings.toml line 2: not valid TOML. Hint: text values need quotes: format = "vtt"',
        ),
        (
            "[roles",
            "BROKEN_TOML",
            'settings.toml: not valid TOML. Hint: text values need quotes: format = "vtt"',
        ),
        (
            "x = " + "[" * 5000,
            "BROKEN_TOML",
            'settings.toml: not valid TOML. Hint: text values need quotes: format = "vtt"',
        ),
        (
            '[abstain]\nmin_turns = "secretword"',
            "WRONG_VALUE",
            "settings.toml: abstain.min_turns: got text, expected a whole number.",
        ),
        (
            "[abstain]\nmin_turns = 20.5",
            "WRONG_VALUE",
            "settings.toml: abstain.min_turns: got 20.5, expected a whole number.",
        ),
        ("[abstain]\nmin_turns = 0", "WRONG_VALUE", "settings.toml: abstain.min_turns: got 0, expected 1 or more."),
        (
            "[abstain]\nmax_loop_share = 1.5",
            "WRONG_VALUE",
            "settings.toml: abstain.max_loop_share: got 1.5, expected 1 or less.",
        ),
        (
            "[abstain]\nmax_loop_share = nan",
            "WRONG_VALUE",
            "settings.toml: abstain.max_loop_share: got nan, expected an ordinary number.",
        ),
        (
            "[output]\nreport = 1",
            "WRONG_VALUE",
            "settings.toml: output.report: got 1, expected true or false.",
        ),
        (
            "[output]\nfolder = ''",
            "WRONG_VALUE",
            "settings.toml: output.folder: got text, expected text that is not empty.",
        ),
        (
            "[roles]\ntherapist = ['secretword']",
            "WRONG_VALUE",
            "settings.toml: roles.therapist: got a list, expected text in quotes.",
        ),
        ("roles = 'secretword'", "WRONG_VALUE", "settings.toml: roles: got text, expected a table."),
        ('"a\\u001b[31m" = 1', "UNKNOWN_KEY", "settings.toml: unknown key 'a\\x1b[31m'."),
        ("# \udcff", "SETTINGS_ENCODING", "settings.toml: is not UTF-8 text."),
    ],
)
def test_a_fault_is_named_with_its_place_and_without_its_text(write: Write, text: str, code: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(write(text))
    assert caught.value.code == code
    assert str(caught.value).startswith(message)
    assert "secretword" not in repr(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^none\.toml: cannot be read"):
        load_settings(tmp_path / "none.toml")


def test_every_knob_says_what_it_is_and_where_its_default_comes_from() -> None:
    for name, table in tables().items():
        for key, field in type(table).model_fields.items():
            assert field.description, f"{name}.{key}"
            assert field.description.endswith("."), f"{name}.{key}"
            if field.default is not None:
                assert "Source: " in field.description, f"{name}.{key}"


_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "roles.therapist": st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    "read.encoding": st.text(st.characters(exclude_categories=["Cs"])),
    "abstain.min_turns": st.integers(1, 10**9),
    "abstain.max_loop_share": st.floats(0, 1),
    "output.report": st.booleans(),
}


@given(st.fixed_dictionaries({}, optional=_VALUES))
def test_what_settings_prints_is_a_settings_file(tmp_path_factory: pytest.TempPathFactory, values: Any) -> None:
    settings = override(Settings(), values)
    path = tmp_path_factory.mktemp("toml") / "settings.toml"
    path.write_text(settings_toml(settings), encoding="utf-8", newline="")
    assert load_settings(path) == settings
    assert load_settings(path).sha256 == settings.sha256


def test_the_print_names_every_key() -> None:
    text = settings_toml(Settings())
    for name, table in tables().items():
        block = text.partition(f"[{name}]\n")[2].partition("\n[")[0]
        for key in type(table).model_fields:
            assert f"{key} =" in block


def test_the_hash_is_that_of_the_choices_that_move_a_result() -> None:
    plain = Settings()
    assert override(plain, {"model.path": "/x", "model.threads": 2, "output.folder": "o"}).sha256 == plain.sha256
    changes: list[dict[str, Any]] = [
        {"abstain.min_turns": 21},
        {"roles.therapist": "Ada"},
        {"read.format": "vtt"},
        {"abstain.max_loop_share": 0.06},
    ]
    hashes = {override(plain, change).sha256 for change in changes} | {plain.sha256}
    assert len(hashes) == len(changes) + 1


def test_settings_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValidationError):
        Settings().abstain.min_turns = 3  # type: ignore[misc]


def test_an_option_out_of_range_is_refused_by_its_name() -> None:
    with pytest.raises(SettingsError, match=r"^--min-turns: abstain\.min_turns: got 0"):
        override(Settings(), {"abstain.min_turns": 0}, "--min-turns")


def test_a_checkout_finds_its_models_beside_the_package() -> None:
    assert models_folder() == Path(__file__).resolve().parent.parent / "models"
