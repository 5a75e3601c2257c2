"""A report's values as JSON for other programs: unrounded, under the names of the values themselves."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from transcript_alliance.report.context import Context
from transcript_alliance.report.course import Course
from transcript_alliance.report.labels import InstrumentLabel
from transcript_alliance.report.ruptures import possible_views, rupture_views
from transcript_alliance.report.scales import instrument_views
from transcript_alliance.report.summary import summary

REPORT_VERSION = 2
"""Raised with every change that an older reader would misread. 2: strains are the likely ones, others stand apart."""


def courses_json(courses: Sequence[Course], instrument: InstrumentLabel) -> str:
    """The courses of one or more clients as JSON text; hidden sessions hold no score and no strain."""
    head = {"report": "courses", "report_version": REPORT_VERSION, "instrument": instrument.instrument}
    scales = {"low": instrument.low, "high": instrument.high, "scales": [s.scale for s in instrument.scales]}
    return _text({**head, **scales, "clients": [asdict(course) for course in courses]})


def session_json(context: Context) -> str:
    """The session report's own values as JSON text; the coded session itself is the file that `code` wrote."""
    return _text(
        {
            "report": "session",
            "report_version": REPORT_VERSION,
            "session": context.coded.session.session_id,
            "summary": asdict(summary(context)),
            "instruments": [asdict(view) for view in instrument_views(context)],
            "ruptures": [asdict(view) for view in rupture_views(context)],
            "possible_ruptures": [asdict(view) for view in possible_views(context)],
            "provenance": asdict(context.coded.provenance),
        }
    )


def _text(values: dict[str, Any]) -> str:
    # Half a surrogate pair cannot be written as UTF-8, so everything beyond ASCII is escaped.
    return json.dumps(values, ensure_ascii=True, allow_nan=False, indent=1) + "\n"
