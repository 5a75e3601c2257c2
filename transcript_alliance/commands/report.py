"""The command `report`: coded sessions in, a report of one session, one client or a caseload out."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from transcript_alliance.commands.faults import print_error

_Option = typer.Option


class View(StrEnum):
    """What a report is about."""

    SESSION = "session"
    CLIENT = "client"
    CASELOAD = "caseload"


class Format(StrEnum):
    """What a report is written as; the value is the file's ending."""

    HTML = "html"
    PDF = "pdf"
    DOCX = "docx"
    MD = "md"
    JSON = "json"


class Sheet(StrEnum):
    """The paper it is printed on."""

    A4 = "a4"
    US_LETTER = "us-letter"


def report(
    coded: Annotated[
        list[Path],
        typer.Argument(metavar="CODED", help="Coded sessions (.json), or folders of them.", show_default=False),
    ],
    view: Annotated[
        View | None, _Option(metavar="WHAT", help="session, client or caseload; found out when left out.")
    ] = None,
    sessions: Annotated[
        Path | None, _Option(metavar="FILE", help="List of sessions (CSV): session, client, date, number, PHQ-9 ….")
    ] = None,
    client: Annotated[
        str | None, _Option(metavar="NAME", help="This client alone; without a list, all sessions are theirs.")
    ] = None,
    names: Annotated[
        str | None, _Option(metavar="PATTERN", help="How names tell the client, such as {client}-{number}.")
    ] = None,
    format: Annotated[Format, _Option(metavar="FORM", help="html, pdf, docx, md or json.")] = Format.HTML,
    paper: Annotated[Sheet, _Option(metavar="SHEET", help="a4 or us-letter.")] = Sheet.A4,
    language: Annotated[str, _Option(metavar="CODE", help="Language of the report: en or de.")] = "en",
    template: Annotated[
        Path | None, _Option(metavar="FOLDER", help="Your own templates, style and wording for the report.")
    ] = None,
    blinded: Annotated[
        bool, _Option("--blinded", help="Hide the model's scores of a session until a person has rated it.")
    ] = False,
    ratings: Annotated[
        Path | None, _Option(metavar="FILE", help="A person's own ratings (CSV): session, goal, task, bond.")
    ] = None,
    output: Annotated[
        Path | None, _Option("--output", "-o", metavar="FILE", help="The report's file, or a folder for it.")
    ] = None,
    quiet: Annotated[bool, _Option("--quiet", "-q", help="Print errors alone.")] = False,
) -> int:
    """Report on a session, a client or a caseload.

    Reads what `code` wrote. Of a client: alliance and ruptures over the sessions, with arrows only for
    changes beyond the error of the scores. Of a caseload: what the last sessions leave open, by client's
    name. Exit code 0 when done, 1 when some files were left out, 2 when there was nothing to report on.

    \b
    Examples:
    transcript-alliance report coded/s7.json --format pdf
    transcript-alliance report coded/ --sessions sessions.csv --client "A. B." -o reports/
    transcript-alliance report coded/ --sessions sessions.csv --blinded -o reports/caseload.html
    """
    from transcript_alliance.commands.reporting import Request, make_report

    request = Request(
        paths=tuple(coded),
        view=view.value if view else None,
        sessions=sessions,
        client=client,
        names=names,
        format=format.value,
        paper=paper.value,
        language=language,
        template=template,
        blinded=blinded,
        ratings=ratings,
        output=output,
    )
    made = make_report(request)
    for fault in made.failed:
        print_error(fault.code, str(fault))
    if not quiet:
        for file in made.files:
            print(f"wrote {file}")
    return 1 if made.failed else 0
