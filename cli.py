"""The front door of a checkout: `python cli.py …` does what the command `transcript-alliance …` does."""

import sys

from transcript_alliance.commands import main

if __name__ == "__main__":
    sys.exit(main())
