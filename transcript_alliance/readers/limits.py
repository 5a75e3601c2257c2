"""How much a transcript may hold. Above a limit the reader says so; it neither cuts nor hangs.

Our choice, with room to spare: a three-hour session has about 3,000 turns and 200 kB of text.
"""

MAX_FILE_BYTES = 100_000_000
MAX_LINE_CHARS = 1_000_000
"""Characters of one line of a caption or text file, or of one cell of a table."""
MAX_LINES = 1_000_000
"""Of a caption or text file."""
MAX_TURN_CHARS = 200_000
MAX_TURNS = 50_000
MAX_COLUMNS = 1_000
MAX_DEPTH = 100
"""Of lists and objects inside each other."""
MAX_SPEAKERS = 32
MAX_UNPACKED_BYTES = 64_000_000
"""Of all parts of a document that is a zip archive."""
MAX_PARTS = 2_000
MAX_RATIO = 200
"""Bytes of a part for each packed byte; Word's XML has 10 to 30."""
MAX_ELEMENTS = 2_000_000
"""Of one XML part; a long session in Word has some hundred thousand."""
MAX_LABEL_CHARS = 120
"""A colon further to the right ends no speaker's label."""
