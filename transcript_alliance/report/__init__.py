"""Reports for people: one coded session as one page that needs nothing else to be read.

Each section of the page has a module here that turns the coded session into ready values, and a
template in `templates/` that sets them. All wording of the page is in `templates/words.en.toml`.
"""

from transcript_alliance.report.html import render_html
from transcript_alliance.report.labels import CodeLabel, Family, InstrumentLabel, ReportLabels, ScaleLabel

__all__ = ["CodeLabel", "Family", "InstrumentLabel", "ReportLabels", "ScaleLabel", "render_html"]
