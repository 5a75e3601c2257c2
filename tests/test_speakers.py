"""What labels say."""

import pytest

from transcript_alliance.session import Role
from transcript_alliance.speakers import label_key, look_alike_key, named_role, show_label


@pytest.mark.parametrize(
    ("label", "role", "by_word"),
    [
        ("T", Role.THERAPIST, False),
        ("T12", Role.THERAPIST, False),
        ("D", Role.THERAPIST, False),
        ("p", Role.CLIENT, False),
        ("C:", Role.CLIENT, False),
        ("DR. SMITH", Role.THERAPIST, True),
        ("Counselor", Role.THERAPIST, True),
        ("Nurse Ann Lee", Role.THERAPIST, True),
        ("\u0422herapist", Role.THERAPIST, True),
        ("Pt", Role.CLIENT, True),
        ("Anna (client)", Role.CLIENT, True),
        ("PARTICIPANT_01", Role.CLIENT, True),
        ("Interpreter", Role.OTHER, True),
    ],
)
def test_roles_named(label: str, role: Role, by_word: bool) -> None:
    named = named_role(label)
    assert named is not None
    assert (named.role, named.by_word) == (role, by_word)


@pytest.mark.parametrize("label", ["Ann", "Speaker 1", "A", "", "12", "Therapist's client", "Clientele", "Pat", "T C"])
def test_nothing_named(label: str) -> None:
    assert named_role(label) is None


def test_keys() -> None:
    assert label_key("  Ann\u200b\tLEE ") == label_key("ann lee") != label_key("annlee")
    assert look_alike_key("\u0410nn") == "ann"
    assert look_alike_key("Анна") != look_alike_key("Anna")


def test_labels_shown_are_short_and_harmless() -> None:
    assert show_label("x" * 41) == "x" * 39 + "…"
    assert show_label("a\x1b\nb") == "a\\x1b\\nb"
