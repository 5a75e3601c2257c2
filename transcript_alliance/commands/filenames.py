"""File names for results."""


def file_stem(session_id: str) -> str:
    """A file name for a session that every system takes, and that is the session's own where it can be.

    >>> file_stem("s1"), file_stem("a/b: c"), file_stem(".hidden"), file_stem("")
    ('s1', 'a_b_ c', '_hidden', '_')
    """
    plain = "".join(c if c.isprintable() and c not in '<>:"/\\|?*' else "_" for c in session_id)
    # 255 bytes hold the longest letters 60 times; a blank or dot at the end is lost on Windows.
    short = plain[:60].rstrip(" .") or "_"
    return f"_{short[1:]}" if short.startswith(".") else short
