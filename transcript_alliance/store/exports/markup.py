"""Text in XML: escaped, and without the characters that XML cannot hold."""

from html import escape

_NO_XML = dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF], "\ufffd")
_KEPT = {"\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
"""A parser makes blanks of these in an attribute, unless they stand as numbers."""


def xml_text(text: str) -> str:
    """The text as it stands between tags; what XML cannot hold becomes U+FFFD, so its length stays.

    >>> xml_text("a<b\\0")
    'a&lt;b�'
    """
    return escape(text.translate(_NO_XML)).replace("\r", _KEPT["\r"])


def xml_attribute(text: str) -> str:
    """The text as an attribute's value, with its quotation marks.

    >>> xml_attribute('a"b')
    '"a&quot;b"'
    """
    safe = xml_text(text)
    for mark, number in _KEPT.items():
        safe = safe.replace(mark, number)
    return f'"{safe}"'
