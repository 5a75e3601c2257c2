"""The command line. A command reads its options, calls one function, prints what comes back.

To add a command: a module here with one function, and its line in `app.COMMANDS`.
"""

from transcript_alliance.commands.app import main

__all__ = ["main"]
