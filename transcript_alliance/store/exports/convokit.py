"""A ConvoKit corpus: a folder of five files, here with one conversation."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from transcript_alliance.store.exports.talk import Talk


def write_convokit(
    talk: Talk,
    codes: Mapping[int, Sequence[Mapping[str, Any]]] | None = None,
    about: Mapping[str, Any] | None = None,
) -> dict[str, bytes]:
    """File name -> content of the folder. Each utterance is a turn and answers the one before.

    `codes`: number of a turn in the talk -> what stands as `codes` in its `meta`; with None there is no such key.
    `about`: the conversation's `meta`.

    Times stand in seconds in the utterance's `meta` (`start_s`, `end_s`); `timestamp` repeats the start where all
    are known and in order, for ConvoKit sorts by it. The role of a speaker stands in the speaker's `meta`.
    """
    name = talk.name or "session"
    ids = [name if n == 0 else f"{name}.{n}" for n in range(len(talk.turns))]
    starts = [turn.start_ms for turn in talk.turns]
    known = [start for start in starts if start is not None]
    has_clock = len(known) == len(starts) and known == sorted(known)
    lines: list[dict[str, Any]] = [
        {
            "id": ids[n],
            "conversation_id": name,
            "text": turn.text,
            "speaker": turn.speaker or "",
            "meta": {
                "start_s": _seconds(turn.start_ms),
                "end_s": _seconds(turn.end_ms),
                **({} if codes is None else {"codes": list(codes.get(n, ()))}),
            },
            "reply-to": ids[n - 1] if n else None,
            "timestamp": _seconds(turn.start_ms) if has_clock else None,
            "vectors": [],
        }
        for n, turn in enumerate(talk.turns)
    ]
    roles = {speaker or "": talk.roles.get(speaker or "") for speaker in talk.speakers}
    index = {
        "utterances-index": {
            "start_s": ["<class 'float'>"],
            "end_s": ["<class 'float'>"],
            **({} if codes is None else {"codes": ["<class 'list'>"]}),
        },
        "speakers-index": {"role": ["<class 'str'>"]},
        "conversations-index": {key: [f"<class '{type(value).__name__}'>"] for key, value in (about or {}).items()},
        "overall-index": {},
        "version": 1,
        "vectors": [],
    }
    return {
        "utterances.jsonl": b"".join(_json(line) + b"\n" for line in lines),
        "speakers.json": _json({speaker: {"meta": {"role": role}, "vectors": []} for speaker, role in roles.items()}),
        "conversations.json": _json({name: {"meta": dict(about or {}), "vectors": []}}),
        "corpus.json": _json({}),
        "index.json": _json(index),
    }


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _seconds(ms: int | None) -> float | None:
    return None if ms is None else ms / 1000
