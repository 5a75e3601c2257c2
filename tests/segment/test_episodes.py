"""Topical episodes."""

import time
from collections import Counter
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tests.segment.talk import segmented
from transcript_alliance.segment.episodes import (
    LEAST_TURNS,
    LEAST_WORDS,
    content_words,
    find_boundaries,
    keywords,
)

SLEEP = "night bed pillow insomnia dream alarm tired window noise blanket".split()  # noqa: SIM905
WORK = "office manager meeting deadline email desk project colleague payroll printer".split()  # noqa: SIM905
FAMILY = "mother brother kitchen wedding cousin garden uncle supper quarrel aunt".split()  # noqa: SIM905


def topic(words: list[str], n_turns: int, rng: Random) -> list[list[str]]:
    return [rng.choices(words, k=6) for _ in range(n_turns)]


def test_boundaries_stand_where_the_words_change() -> None:
    rng = Random(0)
    turns = topic(SLEEP, 20, rng) + topic(WORK, 30, rng) + topic(FAMILY, 25, rng)
    assert find_boundaries(turns) == (0, 20, 50)


def test_one_topic_is_one_episode() -> None:
    assert find_boundaries([["dog", "cat"]] * 100) == (0,)
    assert find_boundaries([["dog"]]) == (0,)
    assert find_boundaries([[]] * 5) == (0,)
    assert find_boundaries([]) == ()


@given(st.lists(st.lists(st.sampled_from(SLEEP + WORK), max_size=9), min_size=1, max_size=80))
def test_episodes_have_a_least_length(turns: list[list[str]]) -> None:
    starts = find_boundaries(turns)
    assert starts[0] == 0
    assert list(starts) == sorted(set(starts))
    for start, end in zip(starts, (*starts[1:], len(turns)), strict=True):
        if len(starts) > 1:
            assert end - start >= LEAST_TURNS
            assert sum(map(len, turns[start:end])) >= LEAST_WORDS


def test_keywords_set_an_episode_apart() -> None:
    session = Counter({"dog": 10, "walk": 10, "bone": 3, "rare": 1, "talk": 40})
    # Of 23 words here and 41 elsewhere: dog 10 log((10/23)/(.5/42)) = 36, bone 3 log((3/23)/(.5/42)) = 7,
    # walk 6 log((6/23)/(4.5/42)) = 5, talk 3 log((3/23)/(37.5/42)) < 0, rare only once.
    episode = ["dog"] * 10 + ["walk"] * 6 + ["bone"] * 3 + ["talk"] * 3 + ["rare"]
    assert keywords(episode, session) == ("dog", "bone", "walk")


def test_at_most_five_keywords() -> None:
    words = [word for word in SLEEP for _ in range(3)]
    assert len(keywords(words, Counter(words) + Counter(WORK * 3))) == 5


def test_content_words() -> None:
    assert content_words("Um, so I think my brothers' DOGS, you know, 3 of them: [laughs] glass, bus, analysis") == (
        "brother", "dog", "glass", "bus", "analysis",
    )  # fmt: skip


def test_episodes_of_a_session_name_their_topics() -> None:
    rng = Random(1)
    lines = [
        f"{'TC'[n % 2]}: {' '.join(words)}." for n, words in enumerate(topic(SLEEP, 30, rng) + topic(WORK, 30, rng))
    ]
    first, second = segmented("\n".join(lines)).episodes
    assert set(first.keywords) <= set(SLEEP)
    assert set(second.keywords) <= set(WORK)
    assert first.end == second.start == 30


def test_500_turns_take_well_under_a_second() -> None:
    rng = Random(2)
    turns = [rng.choices(SLEEP + WORK + FAMILY, k=15) for _ in range(500)]
    started = time.process_time()
    find_boundaries(turns)
    assert time.process_time() - started < 0.5
