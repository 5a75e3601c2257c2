"""A speakers file for the user to complete, and what in a completed one fits no transcript."""

import glob
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from transcript_alliance.commands.checking import Checked
from transcript_alliance.segment.roles import BY_USER
from transcript_alliance.segment.speaker_file import load_speaker_file
from transcript_alliance.segment.swaps import side
from transcript_alliance.segment.turns import NOT_NAMED
from transcript_alliance.session import Role, Speaker
from transcript_alliance.speakers import look_alike_key

_HEAD = """\
# Who is behind the labels of these transcripts. Correct what is wrong, then run `check` again.
# Roles: "therapist", "client", or "other" for interpreters, staff and whoever is on neither side.
# With a name, the label is renamed: "SPEAKER_01" = { role = "client", name = "C07" }
# Labels whose turns are no part of the talk: ignore = ["Recorder"]
# The pair that is scored where a side has more than one: dyad = "THERAPIST:CLIENT"
# Turn numbers are those of the transcript before any correction.
"""


def speakers_template(checked: Sequence[tuple[Path, Checked]]) -> str:
    """The text of a speakers file with the roles as they were understood.

    A label with one role in all transcripts stands once; one that changes sides stands under each file.
    """
    roles: dict[str, set[Role]] = {}
    n_files: dict[str, int] = {}
    labels: dict[str, str] = {}
    for _, one in checked:
        for speaker in _named(one):
            key = look_alike_key(speaker.label)
            labels.setdefault(key, speaker.label)
            roles.setdefault(key, set()).add(side(speaker))
            n_files[key] = n_files.get(key, 0) + 1
    blocks = [_HEAD + "ignore = []\n", "[speakers]"]
    for key, found in roles.items():
        if len(found) == 1:
            blocks.append(
                f"{_quoted(labels[key])} = {_quoted(min(found))}  # in {n_files[key]} of {len(checked)} files"
            )
    everywhere = {key for key, found in roles.items() if len(found) == 1}
    for path, one in checked:
        blocks += _section(path, one, everywhere)
    return "\n".join(blocks) + "\n"


def unused_parts(file: Path, paths: Sequence[Path], checked: Sequence[Checked]) -> Iterator[str]:
    """What in the speakers file had no transcript to fit, and which labels of the transcripts it leaves open.

    Raises SettingsError when the speakers file is faulty.
    """
    speakers = load_speaker_file(file)
    for pattern, _ in speakers.sections:
        if not any(speakers.fits(pattern, path) for path in paths):
            yield f"files.{_quoted(pattern)} fits none of the {len(paths)} files"
    here = {look_alike_key(turn.speaker) for one in checked for turn in one.intake.raw.turns if turn.speaker}
    for cast in speakers.common.casts:
        if look_alike_key(cast.label) not in here:
            yield f"nobody is labelled {_quoted(cast.label)}"
    # The reason of somebody whom the dyad keeps apart ends with the one for the role.
    open_labels = {speaker.label for one in checked for speaker in _named(one) if not speaker.reason.endswith(BY_USER)}
    if open_labels:
        yield f"roles left open, and told from labels and talk: {', '.join(map(_quoted, sorted(open_labels)))}"


def _section(path: Path, one: Checked, everywhere: set[str]) -> Iterator[str]:
    """What is said of one transcript alone; nothing when there is nothing."""
    own = [speaker for speaker in _named(one) if look_alike_key(speaker.label) not in everywhere]
    swaps = one.swapped_turns()
    if not own and not swaps:
        return
    # A name may hold what a pattern takes for a wildcard.
    name = _quoted(glob.escape(path.name))
    if swaps:
        yield f"\n[files.{name}]"
        yield f"# sha256 = {_quoted(one.intake.raw.sha256)}  # keep it: corrections of another version are refused"
        for first, last in swaps:
            yield f"# Speakers exchanged in turns {first} to {last}? `check --show-words` shows them. If so:"
        yield from ("# relabel = [", *_exchanged(one), "# ]")
    if own:
        yield f"\n[files.{name}.speakers]"
        yield from (f"{_quoted(speaker.label)} = {_quoted(side(speaker))}" for speaker in own)


def _exchanged(one: Checked) -> Iterator[str]:
    """The suspected turns, each given to the other of the pair."""
    session = one.session
    pair = {s.role: s.label for s in reversed(session.speakers) if s.role is not Role.OTHER}
    other = {Role.THERAPIST: pair.get(Role.CLIENT, ""), Role.CLIENT: pair.get(Role.THERAPIST, "")}
    for swap in one.intake.swaps:
        for number in range(swap.first, swap.last + 1):
            label = other.get(side(session.speakers[session.turns[number].speaker]))
            if label:
                yield f"#   {{ turn = {one.intake.numbers[number]}, speaker = {_quoted(label)} }},"


def _named(one: Checked) -> list[Speaker]:
    return [speaker for speaker in one.session.speakers if speaker.label != NOT_NAMED]


def _quoted(text: str) -> str:
    # TOML writes text as JSON does, but for one control character; half a character cannot be written at all.
    plain = text.encode("utf-8", "replace").decode("utf-8")
    return json.dumps(plain, ensure_ascii=False).replace("\x7f", "\\u007f")
