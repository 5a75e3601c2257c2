"""Kills a batch at random moments, over and over, and looks for what was lost, doubled or half written.

    python -m tests.batch.kill 1000

What it does and checks stands in `tests.batch.killing`.
"""

import sys

if __name__ == "__main__":
    # Not above: every worker process imports this file anew, and its start should cost little.
    from tests.batch.killing import main

    sys.exit(main(sys.argv[1:]))
