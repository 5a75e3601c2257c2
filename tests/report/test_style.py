"""The look: readable contrast in both themes, families told apart without colour."""

import re
from importlib.resources import files

import pytest

from transcript_alliance.report.labels import Family

CSS = (files("transcript_alliance.report") / "templates" / "report.css").read_text("utf-8")


def palette(dark: bool) -> dict[str, str]:
    blocks = re.findall(r":root \{(.*?)\}", CSS, re.S)
    light, night = blocks[0], blocks[1]
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", light))
    return found | dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", night)) if dark else found


def luminance(colour: str) -> float:
    """WCAG 2 relative luminance of `#rrggbb`."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    """WCAG 2 contrast ratio.

    >>> round(contrast("#000000", "#ffffff"))
    21
    """
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "raised", "wash", "band", "band-soft", "mark"])
def test_text_stands_out_from_every_ground(dark: bool, ground: str) -> None:
    colours = palette(dark)
    for text in ("ink", "link", "soft"):
        assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_shapes_and_lines_stand_out(dark: bool) -> None:
    colours = palette(dark)
    families = ("skill", "client-code", "hindrance", "withdrawal", "confrontation", "repair", "other")
    for ground in ("paper", "raised", "band"):
        for shape in (*families, "strong-rule"):
            assert contrast(colours[shape], colours[ground]) >= (3.0 if shape != "strong-rule" else 2.4), (
                shape,
                ground,
            )
    # Therapist's and client's bars differ in lightness alone, so they do in grey.
    assert contrast(colours["therapist"], colours["client"]) >= 3.0


def test_every_family_has_a_shape_of_its_own_and_a_colour() -> None:
    symbols = (files("transcript_alliance.report") / "templates" / "symbols.html").read_text("utf-8")
    drawn = dict(re.findall(r'id="s-(\w+)" ([^/]*)/>', symbols))
    assert set(drawn) == {family.value for family in Family}
    assert len(set(drawn.values())) == len(Family)
    for family in Family:
        assert f".f-{family.value} {{ --c:" in CSS


def test_style_loads_nothing() -> None:
    assert not re.search(r"url\(|@import|@font-face|http|expression|</", CSS, re.I)
