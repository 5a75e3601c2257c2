"""The command `transcribe`: a recording in, a transcript out."""

import sys
from pathlib import Path
from typing import Annotated

import typer

_Option = typer.Option


def transcribe(
    audio: Annotated[Path, typer.Argument(metavar="AUDIO", help="The recording.", show_default=False)],
    model: Annotated[Path, _Option(metavar="FOLDER", help="Folder of a Whisper model in CTranslate2's form.")],
    output: Annotated[Path, _Option("--output", "-o", metavar="FILE", help="The transcript, such as session.vtt.")],
    left: Annotated[str, _Option(metavar="NAME", help="Who is on the left of two channels.")] = "Speaker 1",
    right: Annotated[str, _Option(metavar="NAME", help="Who is on the right of two channels.")] = "Speaker 2",
) -> None:
    """Write down a recording with a local speech model.

    Needs the extra `asr`. The model is a folder on this machine; nothing is downloaded or sent. A recording with
    one voice on each of two channels gives a transcript with speakers; of any other, add the names by hand before
    it is coded. Read it over: a speech model mishears, and can make words up in silence.

    \b
    Examples:
    transcript-alliance transcribe session.wav --model whisper-small -o session.vtt
    transcript-alliance transcribe call.wav --left Therapist --right Client --model whisper-small -o call.vtt
    """
    from transcript_alliance.asr import load_recogniser, transcribe_audio
    from transcript_alliance.errors import SettingsError, show_name
    from transcript_alliance.notes import describe
    from transcript_alliance.privacy.output import write_private
    from transcript_alliance.store.exports import WRITERS, raw_talk

    by_suffix = {writer.suffix.lower(): writer for writer in WRITERS}
    writer = by_suffix.get(output.suffix.lower())
    if writer is None:
        what = f"there is no transcript format for {show_name(output)}."
        raise SettingsError("UNKNOWN_FORMAT", what, hint=f"Choose a name that ends in {', '.join(by_suffix)}.")
    raw = transcribe_audio(audio, load_recogniser(model), (left, right))
    write_private(output, writer.write(raw_talk(output.stem, raw.turns)))
    for note in raw.notes:
        print(f"note: {describe(note)}", file=sys.stderr)
    print(f"wrote {output}")
