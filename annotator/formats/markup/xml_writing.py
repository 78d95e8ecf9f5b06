"""Text in XML, so that every reader gives back the same."""

from __future__ import annotations

from xml.sax.saxutils import escape

from ..capacity import xml_text

_ENTITIES = {'"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}


def xml_escape(text: str) -> str:
    """Return a text for an attribute in double quotes, or for between two tags.

    White space is written as numbers, because readers change it; what XML 1.0 cannot say is
    replaced, see `xml_text`; everything beyond ASCII is written as numbers.
    """
    plain = escape(xml_text(text), _ENTITIES)
    return plain.encode("ascii", "xmlcharrefreplace").decode("ascii")
