"""Strings that try to become more than text, and a session that carries one of them everywhere."""

from dataclasses import replace

from tests.builders import make_session
from tests.report.samples import QUALITY
from transcript_alliance.annotations import (
    CodedSession,
    CodeScore,
    Marker,
    Origin,
    Provenance,
    Resolution,
    RuptureEvent,
    RuptureKind,
    Score,
    Span,
    Window,
)
from transcript_alliance.report.labels import CodeLabel, Family, InstrumentLabel, ReportLabels, ScaleLabel
from transcript_alliance.session import Episode, Note, Role

FIRE = "window.fired=(window.fired||0)+1"

HAND_MADE = (
    f"<script>{FIRE}</script>",
    f"</script><script>{FIRE}</script>",
    f"<ScRiPt >{FIRE}</sCrIpT>",
    f"<img src=x onerror={FIRE}>",
    f'"><img src=x onerror="{FIRE}">',
    f"'><img src=x onerror='{FIRE}'>",
    f"<svg onload={FIRE}>",
    f"<svg><script>{FIRE}</script></svg>",
    f'</title><svg/onload="{FIRE}">',
    f"</style><script>{FIRE}</script><style>",
    f"</svg></bdi></p><script>{FIRE}</script>",
    f"<!--><script>{FIRE}</script>-->",
    f"--><script>{FIRE}</script><!--",
    f"]]><script>{FIRE}</script>",
    f"<body onload={FIRE}>",
    f'" onmouseover="{FIRE}" autofocus onfocus="{FIRE}" tabindex="0" x="',
    f"' onmouseover='{FIRE}' autofocus onfocus='{FIRE}' tabindex='0' x='",
    f"` onmouseover=`{FIRE}`",
    f'<details open ontoggle="{FIRE}">',
    f'<input autofocus onfocus="{FIRE}">',
    f'<video><source onerror="{FIRE}"></video>',
    f'<iframe srcdoc="<script>parent.{FIRE}</script>"></iframe>',
    f'<iframe src="javascript:parent.{FIRE}"></iframe>',
    f'<object data="javascript:{FIRE}"></object>',
    '<embed src="data:text/html,<script>1</script>">',
    f'<a href="javascript:{FIRE}">x</a>',
    '<base href="http://127.0.0.1:9/">',
    '<meta http-equiv="refresh" content="0;url=http://127.0.0.1:9/">',
    '<link rel="stylesheet" href="http://127.0.0.1:9/x.css">',
    '<style>@import "http://127.0.0.1:9/x.css";body{display:none}</style>',
    '<form action="http://127.0.0.1:9/"><button>x</button></form>',
    f'<math><mtext><img src=x onerror="{FIRE}">',
    f'<noscript><p title="</noscript><img src=x onerror={FIRE}>">',
    f"<template><script>{FIRE}</script></template>",
    f'<marquee onstart="{FIRE}">x</marquee>',
    f"{{{{ ''.__class__ }}}}{{% include 'page.html' %}}<script>{FIRE}</script>",
    "{0.__class__} {labels} {{name}} %(x)s ${x} {",
    f"&lt;script&gt;{FIRE}&lt;/script&gt;",
    f"\u202e<img src=x onerror={FIRE}>\u2066",
    f"\x00<img src=x onerror={FIRE}>\x1b[31m\ufeff\ud800",
    "\uff1cscript\uff1e" + FIRE + "\uff1c/script\uff1e",
    "x" * 5000,
)
"""Each would act in a page that forgets to escape it in one place or another, or upset a template."""

BREAK_OUT = (
    "", '">', "'>", "-->", "</title>", "</style>", "</p></li></section>", "]]>",
    '\t"\n>', "</svg>", "</bdi>", "</textarea>", "&quot;>", "\u00a0/>", "*/}", "}}%}", "</details>",
)  # fmt: skip
"""What leaves the place that the text stands in."""

ACT = (
    f"<script>{FIRE}</script>",
    f"<sCrIpT>{FIRE}</ScRiPt>",
    f"<img src=x onerror={FIRE}>",
    f'<img src=x oNeRrOr="{FIRE}" alt="',
    f"<svg/onload={FIRE}>",
    f"<iframe src=javascript:parent.{FIRE}>",
    f'<input autofocus onfocus="{FIRE}">',
    f'<details open ontoggle="{FIRE}">x',
    f"<body onpageshow={FIRE}>",
    f"<video><source onerror={FIRE}>",
)
"""What acts once it stands outside."""

PAYLOADS = (*HAND_MADE, *(out + act for out in BREAK_OUT for act in ACT))
"""Two hundred and a few."""


def carrying(words: str) -> tuple[CodedSession, ReportLabels]:
    """A small session and its labels with `words` in every place that takes foreign text."""
    base = make_session("\n".join("T: One.\nC: Two." for _ in range(4)), words)
    utterances = tuple(replace(u, text=words) for u in base.utterances)
    speakers = tuple(replace(s, label=words, reason=words) for s in base.speakers)
    session = replace(
        base,
        utterances=utterances,
        speakers=speakers,
        turns=tuple(replace(t, start_s=float(k)) for k, t in enumerate(base.turns)),
        episodes=(Episode(0, 4, (words, words)), Episode(4, 8, (words,))),
        # A kind is a machine code of ours, whose sentence is a template: only braces cannot stand in one.
        notes=(Note(words.translate({ord("{"): None, ord("}"): None}), 2, 3),),
    )
    span = (Span(2, 0, len(words)),)
    markers = (
        Marker(words, 2, 3, 0.9, Origin.MODEL, span),
        Marker("known", 3, 4, 1.0, Origin.HUMAN, (Span(3, 0, 1),)),
        Marker("away", 5, 6, 0.7, Origin.MODEL),
    )
    events = tuple(
        RuptureEvent(
            RuptureKind.WITHDRAWAL, 3, 6, 0.8, (CodeScore("away", 0.7), CodeScore(words, 0.6)),
            (CodeScore(words, 0.6),) if repair else (), repair, 1 if repair else None, outcome,
        )
        for repair, outcome in ((((4, 5),), Resolution.RESOLVED), ((), Resolution.MISSED))
    )  # fmt: skip
    scores = (
        Score(words, "first", 5.0, 4.5, 5.5, (2, 4), (3,)),
        Score(words, "second", None, None, None, abstained=words),
    )
    windows = (Window(0, 4, (replace(scores[0], value=2.0, low=1.5, high=2.5),)), Window(4, 8, scores[:1]))
    quality = (replace(QUALITY[0], instrument=words, scale="first", floor_name=words),)
    lists = ("libraries", "speaker_corrections")
    facts = {name: words for name in Provenance.__dataclass_fields__ if name not in lists}
    provenance = Provenance(**facts, libraries=((words, words),), speaker_corrections=(words,))
    labels = ReportLabels(
        tuple(
            CodeLabel(code, words, words, family, role, words)
            for code, family, role in (
                (words, Family.SKILL, Role.THERAPIST),
                ("known", Family.CLIENT, Role.CLIENT),
                ("away", Family.WITHDRAWAL, Role.CLIENT),
            )
        ),
        (
            InstrumentLabel(
                words, words, words, 1, 7, 4, tuple(ScaleLabel(s, words, words) for s in ("first", "second"))
            ),
        ),
    )
    return CodedSession(session, markers, events, scores, windows, quality, provenance), labels
