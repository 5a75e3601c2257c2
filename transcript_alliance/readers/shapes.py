"""How the results of speech engines are shaped: a table of paths and names, and the walk along a path.

A path is keys parted by points; `*` stands for every entry of a list, a number for one entry.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

_MS = 1_000.0
_TICKS = 10_000_000.0
"""In a second; a tick is 100 nanoseconds."""
_START = (("start", 1.0),)
_END = (("end", 1.0),)


@dataclass(frozen=True, slots=True)
class Shape:
    """One way in which an engine lists segments or words."""

    path: str
    text: tuple[str, ...]
    """Paths within an entry; the first that is there holds the words."""
    speaker: tuple[str, ...] = ("speaker",)
    """Names of the speaker's key, in the entry or in what holds it."""
    channel: tuple[str, ...] = ()
    """The same for the channel; `#` is the place in the outermost list."""
    start: tuple[tuple[str, float], ...] = _START
    """Names of the start's key, with its units per second."""
    end: tuple[tuple[str, float], ...] = _END
    length: tuple[tuple[str, float], ...] = ()
    """Of the duration, where there is no end."""
    words: bool = False
    """Entries are words, which become a turn while the speaker stays the same."""
    mark: str = ""
    """The entry's `type` that is a punctuation mark, which no blank parts from the word before it."""
    spells_blanks: bool = False
    """Marks hold the blank after them."""
    speakers: str = ""
    """Path of entries that hold the speaker at each start, where words and speakers are kept apart."""
    last_holds_all: bool = False
    """The last result repeats the words of all, and only there they have speakers."""


@dataclass(frozen=True, slots=True)
class Engine:
    """A speech engine."""

    id: str
    label: str
    keys: tuple[tuple[str, ...], ...]
    """Sets of keys; where all of one stand in a document, it is the engine's."""
    shapes: tuple[Shape, ...]
    """In order of preference; the first that names speakers is read, else the first that holds words."""


@dataclass(frozen=True, slots=True)
class Found:
    """An entry at the end of a path, and what was passed on the way to it."""

    item: Any
    outer: tuple[dict[str, Any], ...]
    """The objects that hold it, outermost first."""
    places: tuple[int, ...]
    """Its 0-based place in each list that was passed."""


# Keys that tell one engine from another; an engine that stands earlier is recognised first.
ENGINES: tuple[Engine, ...] = (
    # github.com/m-bain/whisperX, README and `whisperx/schema.py`.
    Engine(
        id="whisperx",
        label="WhisperX",
        keys=(("segments", "word_segments"),),
        shapes=(
            Shape("segments.*", text=("text",)),
            Shape("word_segments.*", text=("word",), words=True),
        ),
    ),
    # github.com/openai/whisper, `whisper/transcribe.py`; OpenAI API reference, objects verbose_json and diarized_json.
    Engine(
        id="whisper",
        label="OpenAI Whisper",
        keys=(("segments", "avg_logprob"), ("segments", "no_speech_prob"), ("segments", "text", "task", "duration")),
        shapes=(
            Shape("segments.*", text=("text",)),
            Shape("words.*", text=("word",), words=True),
        ),
    ),
    # AssemblyAI API reference, "Transcript" and its utterances; times in milliseconds.
    Engine(
        id="assemblyai",
        label="AssemblyAI",
        keys=(("audio_url", "utterances", "words"), ("audio_url", "words", "status")),
        shapes=(
            Shape("utterances.*", text=("text",), channel=("channel",), start=(("start", _MS),), end=(("end", _MS),)),
            Shape("words.*", ("text",), channel=("channel",), start=(("start", _MS),), end=(("end", _MS),), words=True),
        ),
    ),
    # Amazon Transcribe developer guide, "Example diarization output (batch)" and "channel identification output".
    Engine(
        id="aws",
        label="Amazon Transcribe",
        keys=(("results", "transcripts", "items"), ("results", "transcripts", "audio_segments")),
        shapes=(
            Shape(
                "results.channel_labels.channels.*.items.*",
                text=("alternatives.0.content",),
                speaker=("speaker_label",),
                channel=("channel_label", "#"),
                start=(("start_time", 1),),
                end=(("end_time", 1),),
                words=True,
                mark="punctuation",
            ),
            Shape(
                "results.audio_segments.*",
                text=("transcript",),
                speaker=("speaker_label",),
                channel=("channel_label",),
                start=(("start_time", 1),),
                end=(("end_time", 1),),
            ),
            Shape(
                "results.items.*",
                text=("alternatives.0.content",),
                speaker=("speaker_label",),
                start=(("start_time", 1),),
                end=(("end_time", 1),),
                words=True,
                mark="punctuation",
                speakers="results.speaker_labels.segments.*.items.*",
            ),
        ),
    ),
    # Deepgram API reference, "Transcribe pre-recorded audio"; guides "Utterances", "Paragraphs", "Diarization".
    Engine(
        id="deepgram",
        label="Deepgram",
        keys=(("results", "channels", "alternatives", "transcript"),),
        shapes=(
            Shape("results.utterances.*", text=("transcript",), channel=("channel",)),
            Shape(
                "results.channels.*.alternatives.0.paragraphs.paragraphs.*.sentences.*",
                text=("text",),
                channel=("#",),
            ),
            Shape(
                "results.channels.*.alternatives.0.words.*",
                text=("punctuated_word", "word"),
                channel=("#",),
                words=True,
            ),
            Shape("results.channels.*", text=("alternatives.0.transcript",), channel=("#",)),
        ),
    ),
    # Azure AI Speech, "Get batch transcription results" and "Fast transcription".
    Engine(
        id="azure",
        label="Azure Speech",
        keys=(("recognizedPhrases", "combinedRecognizedPhrases"), ("phrases", "combinedPhrases")),
        shapes=(
            Shape(
                "recognizedPhrases.*",
                text=("nBest.0.display", "nBest.0.lexical"),
                speaker=("speaker", "nBest.0.speaker"),
                channel=("channel",),
                start=(("offsetInTicks", _TICKS), ("offsetMilliseconds", _MS)),
                end=(),
                length=(("durationInTicks", _TICKS), ("durationMilliseconds", _MS)),
            ),
            Shape(
                "phrases.*",
                text=("text",),
                channel=("channel",),
                start=(("offsetMilliseconds", _MS),),
                end=(),
                length=(("durationMilliseconds", _MS),),
            ),
        ),
    ),
    # Rev AI, "Get transcript by id"; the marks between words hold the blanks.
    Engine(
        id="revai",
        label="Rev AI",
        keys=(("monologues", "elements"),),
        shapes=(
            Shape(
                "monologues.*.elements.*",
                text=("value",),
                start=(("ts", 1),),
                end=(("end_ts", 1),),
                words=True,
                mark="punct",
                spells_blanks=True,
            ),
        ),
    ),
    # Google Cloud Speech-to-Text, RecognizeResponse of V1 and V2, alone or as the response of an operation.
    Engine(
        id="google",
        label="Google Speech-to-Text",
        keys=(("results", "alternatives", "words", "word"), ("results", "alternatives", "transcript", "resultEndTime")),
        shapes=tuple(
            shape
            for root in ("", "response.")
            for shape in (
                Shape(
                    f"{root}results.*.alternatives.0.words.*",
                    text=("word",),
                    speaker=("speakerLabel", "speakerTag", "speaker_label", "speaker_tag"),
                    channel=("channelTag", "channel_tag"),
                    start=(("startTime", 1), ("startOffset", 1), ("start_time", 1), ("start_offset", 1)),
                    end=(("endTime", 1), ("endOffset", 1), ("end_time", 1), ("end_offset", 1)),
                    words=True,
                    last_holds_all=True,
                ),
                Shape(
                    f"{root}results.*",
                    text=("alternatives.0.transcript",),
                    speaker=(),
                    channel=("channelTag", "channel_tag"),
                    start=(),
                    end=(("resultEndTime", 1), ("resultEndOffset", 1)),
                ),
            )
        ),
    ),
)


def walk(document: Any, path: str) -> Iterator[Found]:
    """The entries at the end of the path, in order; none where the path ends early.

    >>> [found.item for found in walk({"a": [{"b": 1}, {}, {"b": 2}]}, "a.*.b")]
    [1, 2]
    """
    return _walk(document, path.split("."), (), ())


def _walk(
    value: Any, steps: Sequence[str], outer: tuple[dict[str, Any], ...], places: tuple[int, ...]
) -> Iterator[Found]:
    if not steps:
        yield Found(value, outer, places)
        return
    step, rest = steps[0], steps[1:]
    if isinstance(value, dict) and step in value:
        yield from _walk(value[step], rest, (*outer, value), places)
    elif isinstance(value, list) and step == "*":
        for place, inner in enumerate(value):
            yield from _walk(inner, rest, outer, (*places, place))
    elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
        yield from _walk(value[int(step)], rest, outer, places)


def first_of(found: Found, names: Sequence[str], *, outer: bool = False) -> Any:
    """The first value that is there and not null under one of the names; with `outer`, in what holds the entry too."""
    for name in names:
        if name == "#":
            return found.places[0]
        for holder in (found.item, *reversed(found.outer)) if outer else (found.item,):
            if "." not in name:
                value = holder.get(name) if isinstance(holder, dict) else None
            else:
                value = next((inner.item for inner in walk(holder, name)), None)
            if value is not None:
                return value
    return None


def text_of(found: Found, shape: Shape) -> str | None:
    """The words of an entry, or None when it is not of the shape."""
    text = first_of(found, shape.text)
    if not isinstance(text, str):
        return None
    # A mark is kept as it is, since its blanks part words.
    return text if shape.spells_blanks else text.strip()
