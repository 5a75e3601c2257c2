"""How the results of speech engines are shaped: a table of paths and names, and the walk along a path.

A path is keys parted by points; `*` stands for every entry of a list, a number for one entry, `{}` for every value of
an object.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

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


class Found(NamedTuple):
    """An entry at the end of a path, and what was passed on the way to it. A tuple, since there is one for a word."""

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
    # github.com/openai/whisper, `whisper/transcribe.py`; OpenAI API reference, "Create transcription", the objects
    # verbose_json and diarized_json (of which the service leaves out `task` and `duration`).
    Engine(
        id="whisper",
        label="OpenAI Whisper",
        keys=(
            ("segments", "avg_logprob"),
            ("segments", "no_speech_prob"),
            ("segments", "text", "task", "duration"),
            ("segments", "text", "type", "speaker", "start"),
        ),
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
    # Amazon Transcribe developer guide, "Example diarization output (batch)" and "channel identification output"; of
    # AWS HealthScribe "Transcript file" and github.com/aws-samples/aws-healthscribe-demo, `HealthScribeTranscript.ts`.
    Engine(
        id="aws",
        label="Amazon Transcribe",
        keys=(
            ("results", "transcripts", "items"),
            ("results", "transcripts", "audio_segments"),
            ("Conversation", "TranscriptSegments", "Content", "BeginAudioTime"),
        ),
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
            Shape(
                "Conversation.TranscriptSegments.*",
                text=("Content",),
                speaker=("ParticipantDetails.ParticipantRole",),
                start=(("BeginAudioTime", 1),),
                end=(("EndAudioTime", 1),),
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
    # Rev AI, "Get transcript by id"; the marks between words hold the blanks. Speakers have names where a person wrote
    # the transcript: `speaker_info` of github.com/revdotcom/revai-node-sdk, `RevAiApiTranscript.ts`.
    Engine(
        id="revai",
        label="Rev AI",
        keys=(("monologues", "elements"),),
        shapes=(
            Shape(
                "monologues.*.elements.*",
                text=("value",),
                speaker=("speaker_info.display_name", "speaker"),
                start=(("ts", 1),),
                end=(("end_ts", 1),),
                words=True,
                mark="punct",
                spells_blanks=True,
            ),
        ),
    ),
    # Google Cloud Speech-to-Text, RecognizeResponse of V1 and V2, alone or as the response of an operation;
    # BatchRecognizeFileResult and InlineResult of V2.
    Engine(
        id="google",
        label="Google Speech-to-Text",
        keys=(
            ("results", "alternatives", "words", "word"),
            ("results", "alternatives", "transcript", "resultEndTime"),
            ("results", "alternatives", "transcript", "resultEndOffset"),
        ),
        shapes=tuple(
            shape
            for root in (
                "",
                "response.",
                "response.results.{}.inlineResult.transcript.",
                "response.results.{}.transcript.",
                "results.{}.inlineResult.transcript.",
                "results.{}.transcript.",
            )
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
    >>> [found.item for found in walk({"a": {"x": {"b": 1}, "y": {"b": 2}}}, "a.{}.b")]
    [1, 2]
    """
    level: Iterator[Found] = iter((Found(document, (), ()),))
    for step in path.split("."):
        level = _inside(level, step)
    return level


def _inside(level: Iterator[Found], step: str) -> Iterator[Found]:
    """What lies one step further inside of each entry."""
    for found in level:
        value, outer, places = found.item, found.outer, found.places
        if isinstance(value, dict):
            inner = value.values() if step == "{}" else (value[step],) if step in value else ()
            yield from (Found(item, (*outer, value), places) for item in inner)
        elif isinstance(value, list) and step == "*":
            yield from (Found(item, outer, (*places, place)) for place, item in enumerate(value))
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            yield Found(value[int(step)], outer, places)


def first_of(found: Found, names: Sequence[str], held: Sequence[Any] = ()) -> Any:
    """The first value that is there and not null under one of the names, in the entry or else in `held`.

    `held` has for each name what `held_values` found. An empty text gives way to a later one.
    """
    item, empty = found.item, None
    for place, name in enumerate(names):
        if name == "#":
            return found.places[0]
        value = _at(item, name)
        if held and _is_empty(value):
            value = value if _is_empty(held[place]) else held[place]
        if not _is_empty(value):
            return value
        empty = value if empty is None else empty
    return empty


def held_values(found: Found, names: Sequence[str]) -> tuple[Any, ...]:
    """Under each name the innermost value of the objects that hold the entry; None where none of them has one."""
    return tuple(
        next((value for holder in reversed(found.outer) if not _is_empty(value := _at(holder, name))), None)
        for name in names
    )


def _is_empty(value: Any) -> bool:
    return value is None or value == ""


def _at(value: Any, path: str) -> Any:
    """The value at the end of a path that leads to one place; None where it ends early."""
    if "." not in path:
        return value.get(path) if isinstance(value, dict) else None
    for step in path.split("."):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def text_of(found: Found, shape: Shape) -> str | None:
    """The words of an entry, or None when it is not of the shape."""
    text = first_of(found, shape.text)
    if not isinstance(text, str):
        return None
    # A mark is kept as it is, since its blanks part words.
    return text if shape.spells_blanks else text.strip()
