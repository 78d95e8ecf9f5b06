"""What people typed, shown as they typed it where Streamlit reads Markdown."""

from __future__ import annotations

import re
import string

_PUNCTUATION = re.compile(rf"([{re.escape(string.punctuation)}])")
_REPLACED = re.compile(
    r":(?=//)|www(?=\.)|\w(?=@)|-(?=[->])|<(?=[-=])|>(?==)|:(?=streamlit:)", re.IGNORECASE
)
"""Links, arrows and the logo are looked for in parsed text, so that a backslash does not help."""
_WORD_JOINER = "\u2060"


def plain_text(text: object) -> str:
    """Return Markdown that shows a text on one line as it stands.

    Every name of a person, project, file or label, every note and every message goes through this
    before Streamlit draws it as Markdown: in ``markdown``, ``caption`` and headings, in labels of
    buttons and fields, in ``help``, and in boxes such as ``error``. ``st.text``, ``st.code``,
    ``st.dataframe`` and the options of a ``selectbox`` read no Markdown.
    """
    parted = _REPLACED.sub(rf"\g<0>{_WORD_JOINER}", " ".join(str(text).split()))
    return _PUNCTUATION.sub(r"\\\1", parted)
