"""One line of the table of figures."""

from dataclasses import dataclass

from transcript_alliance.alliance.metrics import Figure


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table of figures."""

    task: str
    what: str
    """Scale, code or kind."""
    measure: str
    figure: Figure
    floor_name: str = ""
    floor: float = float("nan")
    ceiling: float = float("nan")
    """The same measure between two observers; nan where only one rated or the question does not arise."""
    floor_low: float = float("nan")
    floor_high: float = float("nan")
    """Ends of the floor's own 95% interval, by the same draws as the figure's; nan where it was not worked out."""
