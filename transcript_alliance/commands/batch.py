"""The commands `batch`, `study` and `export`: many sessions into one study, what it holds, and its tables."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

_Option = typer.Option
_CLUSTER = "Options for work on a cluster"


class Action(StrEnum):
    """What can be asked of a study."""

    STATUS = "status"
    VERIFY = "verify"
    REBUILD = "rebuild"
    REPRODUCE = "reproduce"
    MERGE = "merge"


class TableFormat(StrEnum):
    """Forms of the tables."""

    CSV = "csv"
    PARQUET = "parquet"


def batch(
    corpus: Annotated[
        list[str],
        typer.Argument(metavar="CORPUS", help="Folder, files, pattern or manifest (CSV).", show_default=False),
    ],
    output: Annotated[Path, _Option("--output", "-o", metavar="STUDY.db", help="Study file; made or continued.")],
    jobs: Annotated[
        int | None,
        _Option(
            "--jobs",
            "-j",
            metavar="N",
            min=1,
            help="Worker processes; slurm: jobs. Left out: one a processor, at most 8; on a cluster 1.",
        ),
    ] = None,
    shard: Annotated[str | None, _Option(metavar="I/N", help="Part I of N alone, for a job array.")] = None,
    session_timeout: Annotated[
        float, _Option(metavar="SECONDS", min=0.1, help="Longest time for one session.")
    ] = 120.0,
    session_memory: Annotated[
        int | None,
        _Option(metavar="MB", min=1, help="Most memory for one session beside the loaded model; kept on Linux."),
    ] = None,
    retry: Annotated[bool, _Option("--retry", help="Try those in quarantine again.")] = False,
    settings: Annotated[Path | None, _Option(metavar="FILE", help="Settings file; `settings` prints one.")] = None,
    model: Annotated[str | None, _Option(metavar="FOLDER", help="Trained bundle to score with.")] = None,
    speakers: Annotated[str | None, _Option(metavar="FILE", help="Speakers file for the whole corpus.")] = None,
    engine: Annotated[
        str, _Option(metavar="ID", help="Where the work is done: local, dask or slurm.", rich_help_panel=_CLUSTER)
    ] = "local",
    scheduler: Annotated[
        str | None,
        _Option(metavar="ADDRESS", help="A running Dask scheduler, tls://HOST:PORT.", rich_help_panel=_CLUSTER),
    ] = None,
    tls_ca: Annotated[
        Path | None, _Option(metavar="FILE", help="Authority of the certificates (PEM).", rich_help_panel=_CLUSTER)
    ] = None,
    tls_cert: Annotated[
        Path | None, _Option(metavar="FILE", help="Certificate of this side (PEM).", rich_help_panel=_CLUSTER)
    ] = None,
    tls_key: Annotated[
        Path | None, _Option(metavar="FILE", help="Key of the certificate (PEM).", rich_help_panel=_CLUSTER)
    ] = None,
    queue: Annotated[
        str | None, _Option(metavar="NAME", help="slurm: queue (partition) of the jobs.", rich_help_panel=_CLUSTER)
    ] = None,
    account: Annotated[
        str | None, _Option(metavar="NAME", help="slurm: account of the jobs.", rich_help_panel=_CLUSTER)
    ] = None,
    cores: Annotated[
        int | None,
        _Option(
            metavar="N",
            min=1,
            help="slurm: cores of a job, which codes one session at a time.",
            rich_help_panel=_CLUSTER,
        ),
    ] = None,
    memory: Annotated[
        str | None, _Option(metavar="SIZE", help="slurm: memory of a job, such as 4GB.", rich_help_panel=_CLUSTER)
    ] = None,
    walltime: Annotated[
        str | None, _Option(metavar="TIME", help="slurm: time of a job, such as 8:00:00.", rich_help_panel=_CLUSTER)
    ] = None,
    show_job: Annotated[
        bool, _Option("--show-job", help="slurm: print the job script and stop.", rich_help_panel=_CLUSTER)
    ] = False,
    quiet: Annotated[bool, _Option("--quiet", "-q", help="Print errors alone.")] = False,
) -> int:
    """Code a corpus into a study.

    Each session is on disk when it is done: stopped at any moment, the same command goes on where it was. A session
    that cannot be coded is put aside with the reason. Other settings, another model or another version of the program
    begin a new run in the same file. Exit code 0 when all are coded, 1 when some are not, 2 when none is.

    A manifest is a table with a column session, and as far as known file, client, therapist, date, number, channel;
    other columns are kept as covariates.

    On a cluster, workers get paths and read the files themselves, over connections that are encrypted both ways; the
    study holds the same bytes as from one machine.

    \b
    Examples:
    transcript-alliance batch transcripts/ -o study.db --jobs 4
    transcript-alliance batch sessions.csv -o study.db --session-timeout 300
    transcript-alliance batch sessions.csv -o shard-2.db --shard 2/8
    transcript-alliance batch sessions.csv -o study.db --engine slurm --jobs 20 --queue short --walltime 4:00:00
    """
    from transcript_alliance.batch.engines import ClusterOptions, job_script, prepare_engine
    from transcript_alliance.commands.batching import code_corpus
    from transcript_alliance.settings import load_settings, override

    os.umask(0o077)
    cluster = ClusterOptions(scheduler, tls_ca, tls_cert, tls_key, queue, account, cores, memory, walltime)
    if show_job:
        print(job_script(engine, cluster), end="")
        return 0
    workplace = prepare_engine(engine, cluster)
    options = {"model.path": model, "roles.speakers": speakers}
    complete = override(load_settings(settings), options, "options")
    return code_corpus(
        corpus,
        output,
        complete,
        jobs=jobs,
        shard=shard,
        session_s=session_timeout,
        session_mb=session_memory,
        retry=retry,
        quiet=quiet,
        workplace=workplace,
    )


def study(
    action: Annotated[
        Action,
        typer.Argument(metavar="ACTION", help="status, verify, rebuild, reproduce or merge.", show_default=False),
    ],
    paths: Annotated[list[Path], typer.Argument(metavar="STUDY.db", help="Study file, and what the action takes.")],
    output: Annotated[Path | None, _Option("--output", "-o", metavar="STUDY.db", help="merge: the study made.")] = None,
    run: Annotated[str, _Option(metavar="NAME", help="Beginning of a run's name; the latest when left out.")] = "",
    salvage: Annotated[bool, _Option("--salvage", help="merge: leave out what is damaged, and say how much.")] = False,
    json: Annotated[bool, _Option("--json", help="JSON on standard output.")] = False,
) -> int:
    """Look into a study.

    status: what is done, put aside and left. verify STUDY.db [FOLDER]: what is damaged, also of tables exported to
    FOLDER; exit code 1 when something is. rebuild STUDY.db FOLDER: those tables anew. reproduce STUDY.db SESSION: code
    it again and compare byte for byte; exit code 1 when it differs. merge STUDY.db ... -o STUDY.db: shards into one.

    \b
    Examples:
    transcript-alliance study status study.db
    transcript-alliance study verify study.db tables/
    transcript-alliance study reproduce study.db S017
    transcript-alliance study merge shard-*.db -o study.db
    """
    from transcript_alliance.commands.studying import ACTIONS, Asked

    os.umask(0o077)
    return ACTIONS[action.value](Asked(tuple(paths), output, run, salvage, json))


def export(
    study: Annotated[Path, typer.Argument(metavar="STUDY.db", help="Study file.", show_default=False)],
    output: Annotated[Path, _Option("--output", "-o", metavar="FOLDER", help="Folder for the tables.")],
    format: Annotated[TableFormat, _Option(metavar="ID", help="csv or parquet.")] = TableFormat.CSV,
    with_text: Annotated[
        bool, _Option("--with-text", help="Also what was said and the speakers' labels; without, no words leave.")
    ] = False,
    run: Annotated[str, _Option(metavar="NAME", help="Beginning of a run's name; the latest when left out.")] = "",
    quiet: Annotated[bool, _Option("--quiet", "-q", help="Print errors alone.")] = False,
) -> int:
    """Write a study as tables.

    Tables of sessions, turns, markers, events, scores and windows, with a dictionary of every column, code and scale.
    All of one run. Every session has its row in sessions, coded or not.

    \b
    Examples:
    transcript-alliance export study.db -o tables/
    transcript-alliance export study.db -o tables/ --format parquet --with-text
    """
    from transcript_alliance.commands.studying import write_tables

    os.umask(0o077)
    return write_tables(study, output, format.value, with_text=with_text, run=run, quiet=quiet)
