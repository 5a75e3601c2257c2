"""doccano: a line of JSON for each turn, for a project of sequence labelling.

Offsets are UTF-16 units, as browsers count; the project's "count grapheme clusters as one character" stays off,
and "allow overlapping" is on.
"""

import json

from transcript_alliance.store.exports.coding import Coding, speaker_label
from transcript_alliance.store.marks import Utf16, turn_text


def write_doccano(coding: Coding) -> bytes:
    """A line for each turn: its words, the marks as `[start, end, code]`, and who speaks.

    doccano keeps neither who set a mark nor how likely it is, so a code stands once on the same words.
    """
    session = coding.session
    lines = []
    for turn in range(len(session.turns)):
        text = turn_text(session, turn)
        units = Utf16(text).units
        marks = dict.fromkeys((m.start, m.end, m.code) for m in coding.marks if m.turn == turn)
        line = {
            "text": text,
            "label": [[units(start), units(end), code] for start, end, code in marks],
            "session": session.session_id,
            "turn": turn,
            "speaker": speaker_label(session, turn),
            "role": session.role(turn).value,
        }
        lines.append(json.dumps(line) + "\n")
    return "".join(lines).encode()
