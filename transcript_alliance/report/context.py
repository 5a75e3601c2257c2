"""What every section of the report looks up: turns by utterance, codes by turn, quotes.

Turns are counted from 1 wherever people see them; the anchor of turn 12 is `t12`.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from transcript_alliance.annotations import CodedSession, Marker, Origin, RuptureEvent, ScaleQuality
from transcript_alliance.notes import describe
from transcript_alliance.report.labels import CodeLabel, InstrumentLabel, ReportLabels, ScaleLabel
from transcript_alliance.report.likely import counts, is_likely
from transcript_alliance.report.words import Words, clock, shorten, visible
from transcript_alliance.session import Note, Role

QUOTE_LIMIT = 150
"""Code points of a quote; our choice: about two lines of print."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of one turn, as they were said, and where."""

    number: int
    """Of the turn, from 1."""
    who: str
    text: str
    time: str
    """From the start of the recording, such as `4:56`; empty when the file gives none."""


@dataclass(frozen=True, slots=True)
class Context:
    """A coded session with the names and the wording that a report of it uses."""

    coded: CodedSession
    labels: ReportLabels
    words: Words

    def numbers(self, start: int, end: int) -> tuple[int, int]:
        """First and last turn number of utterances `start` up to `end`."""
        utterances = self.coded.session.utterances
        first = utterances[start].turn + 1
        return first, utterances[end - 1].turn + 1 if end > start else first

    def span_words(self, start: int, end: int) -> str:
        """Utterances `start` up to `end` in words: `turn 4` or `turns 4 to 7`."""
        first, last = self.numbers(start, end)
        if first == last:
            return self.words("turns.one", number=first)
        return self.words("turns.span", first=first, last=last)

    def answering(self, event: RuptureEvent) -> tuple[int, ...]:
        """Numbers of the turns that answered the strain, in order."""
        found: set[int] = set()
        for start, end in event.repair:
            first, last = self.numbers(start, end)
            found.update(range(first, last + 1))
        return tuple(sorted(found))

    def role_word(self, role: Role) -> str:
        """The word for a role, in the report's language."""
        return self.words(f"roles.{role.value}")

    def quote(self, number: int, limit: int = QUOTE_LIMIT) -> Quote:
        """The beginning of turn `number`, word for word."""
        return self._quote(number, self.coded.session.turn_text(number - 1), limit)

    def quote_range(self, start: int, end: int, limit: int = QUOTE_LIMIT) -> Quote:
        """The beginning of utterances `start` up to `end`, as far as they belong to the first one's turn."""
        utterances = self.coded.session.utterances[start:end]
        number = utterances[0].turn + 1
        return self._quote(number, " ".join(u.text for u in utterances if u.turn == number - 1), limit)

    def quote_marker(self, marker: Marker, limit: int = QUOTE_LIMIT) -> Quote:
        """The beginning of the utterances that carry `marker`, or of the sentence that shows it when it names one."""
        start = min((span.utterance for span in marker.spans), default=marker.start)
        return self.quote_range(start, marker.end, limit)

    def _quote(self, number: int, text: str, limit: int) -> Quote:
        session = self.coded.session
        start_s = session.turns[number - 1].start_s
        who, time = self.role_word(session.role(number - 1)), "" if start_s is None else clock(start_s)
        return Quote(number, who, shorten(text, limit), time)

    @property
    def strains(self) -> tuple[RuptureEvent, ...]:
        """The ruptures that are likely enough to be counted, in the order of the session."""
        return tuple(event for event in self.coded.events if is_likely(event))

    @property
    def possible_strains(self) -> tuple[RuptureEvent, ...]:
        """The others: folded away, and counted nowhere."""
        return tuple(event for event in self.coded.events if not is_likely(event))

    def counted(self) -> tuple[Marker, ...]:
        """The markers that sections count: a person's, and the likely ones of the model or else the cues'.

        Cues are shown in the transcript beside the model, but never added to it: the same moment
        would count twice.
        """
        origins = {marker.origin for marker in self.coded.markers}
        automatic = Origin.MODEL if Origin.MODEL in origins else Origin.CUE
        return tuple(m for m in self.coded.markers if m.origin in (Origin.HUMAN, automatic) and counts(m))

    def note(self, note: Note) -> str:
        """What a note from reading the file says, in the report's language where it knows the sentence."""
        sentence = self.words.get(f"notes.{note.kind}")
        if not sentence:
            return describe(note)
        place = "" if note.first_line is None else self.words("note_line", line=self.words.whole(note.first_line))
        return sentence.format(count=self.words.whole(note.count), first_line=place)

    def marker_number(self, marker: Marker) -> int:
        """Number of the turn that carries `marker`."""
        return self.coded.session.utterances[marker.start].turn + 1

    def n_turns(self, role: Role) -> int:
        """Turns of that role, listener's signals left out."""
        session = self.coded.session
        return sum(1 for turn in session.turns if session.speakers[turn.speaker].role is role and not turn.backchannel)

    def n_words(self, role: Role) -> int:
        """Words spoken in that role."""
        return sum(speaker.n_words for speaker in self.coded.session.speakers if speaker.role is role)

    def talk_share(self, role: Role) -> float | None:
        """Share of therapist's and client's words spoken in that role, 0..1; None when neither said one."""
        both = self.n_words(Role.THERAPIST) + self.n_words(Role.CLIENT)
        return self.n_words(role) / both if both else None

    def codes(self, ids: Iterable[str]) -> tuple[CodeLabel, ...]:
        """Labels of `ids` in the order of the labels, unknown ones last, each once."""
        wanted = set(ids)
        known = tuple(code for code in self.labels.codes if code.code in wanted)
        unknown = sorted(wanted - {code.code for code in known})
        return tuple(self._shown(code) for code in (*known, *(self.labels.code(code) for code in unknown)))

    def code(self, code: str) -> CodeLabel:
        """Label of one code, ready to be shown."""
        return self._shown(self.labels.code(code))

    def widest(self, code: str) -> CodeLabel:
        """Label of the code at the top that `code` is a sub-code of; of `code` itself when it stands at the top."""
        label, seen = self.labels.code(code), {code}
        while label.parent is not None and label.parent not in seen and self.labels.knows(label.parent):
            seen.add(label.parent)
            label = self.labels.code(label.parent)
        return self._shown(label)

    def instrument_name(self, instrument: InstrumentLabel) -> str:
        """The instrument's name in the report's language, safe beside other text."""
        return self.words.get(f"instruments.{instrument.instrument}.name") or visible(instrument.label)

    def scale_name(self, instrument: InstrumentLabel, scale: ScaleLabel) -> str:
        """The scale's name in the report's language, safe beside other text."""
        found = self.words.get(f"instruments.{instrument.instrument}.scale_names.{scale.scale}")
        return found or visible(scale.label)

    def anchor(self, instrument: InstrumentLabel, which: str) -> str:
        """What the `low`, `neutral` or `high` value of the instrument says; empty when the wording does not know it."""
        return self.words.get(f"instruments.{instrument.instrument}.{which}")

    def definition(self, instrument: InstrumentLabel, scale: ScaleLabel) -> str:
        """What the scale is about; empty when neither the labels nor the wording say."""
        return scale.definition or self.words.get(f"instruments.{instrument.instrument}.scales.{scale.scale}")

    def answer_to(self, number: int) -> int | None:
        """Number of the therapist's next turn after turn `number`, listener's signals left out; None at the end."""
        session = self.coded.session
        for turn in range(number, len(session.turns)):
            if session.role(turn) is Role.THERAPIST and not session.turns[turn].backchannel:
                return turn + 1
        return None

    def _shown(self, code: CodeLabel) -> CodeLabel:
        """`code` in the report's language, with a label that cannot disturb the line it stands in."""
        label = self.words.get(f"codes.{code.code}.label") or visible(code.label)
        definition = self.words.get(f"codes.{code.code}.definition") or code.definition
        return CodeLabel(code.code, label, definition, code.family, code.role, code.parent)

    def quality(self, instrument: str, scale: str) -> ScaleQuality | None:
        """What is known about the scale on people the model had not seen; None when nothing is."""
        for known in self.coded.quality:
            if (known.instrument, known.scale) == (instrument, scale):
                return known
        return None
