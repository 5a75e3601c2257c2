"""What must be said of a model of people's own codes."""

import pytest

from transcript_alliance.alliance.codes_card import codes_warnings
from transcript_alliance.alliance.codes_figures import COMMONEST, WORDS
from transcript_alliance.alliance.figures import Row
from transcript_alliance.alliance.metrics import Figure

COUNTS = {"code.act = ask": 600, "code.act = tell": 200}
# Always ask: recall 1, precision .75, so F1 is 1.5 / 1.75 = .857, and .429 over two values.
CASES = (
    ("beats both", 0.80, WORDS, 0.70, ()),
    ("as good as words", 0.70, WORDS, 0.70, ()),
    ("words do better", 0.69, WORDS, 0.70, ("the network adds nothing",)),
    ("no better than the commonest", 0.42, COMMONEST, 0.4286, ("do not use it",)),
    ("worst of all", 0.42, WORDS, 0.70, ("do not use it", "the network adds nothing")),
    ("nothing to say", float("nan"), COMMONEST, 0.4286, ("do not use it",)),
)


@pytest.mark.parametrize(("value", "name", "floor", "said"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_a_model_is_held_against_both_simple_methods(value: float, name: str, floor: float, said: tuple[str]) -> None:
    row = Row("code.act", "all values", "macro-F1", Figure(value, value, value, 800), name, floor)
    found = codes_warnings([row], {"clients": 100}, COUNTS)
    assert [text.split(": ")[-1].split("; ")[-1].rstrip(".") for text in found] == list(said)
    if "do not use it" in said:
        assert "is not above 0.43, that of always the commonest" in found[0]
