"""One of a thing and several of it, in sentences that people read."""

from __future__ import annotations

import re

_NOUN = re.compile(r"\b[a-z]+s\b")
_AROUND_ONE = (
    (re.compile(r"\bthe ((?:rotated )?)boxes around them\b"), r"the \1box around it"),
    (re.compile(r"\btheir\b"), "its"),
    (re.compile(r"\bthemselves\b"), "itself"),
    (re.compile(r"\b(?:them|they)\b"), "it"),
    (re.compile(r"\bare\b"), "is"),
    (re.compile(r"\bwere\b"), "was"),
    (re.compile(r"\bhave\b"), "has"),
    (re.compile(r"\bwait\b"), "waits"),
)


def counted(count: int, what: str) -> str:
    """Return a number and what it is of, which is given in the plural, its noun first."""
    if count == 1:
        what = _NOUN.sub(_singular, what, count=1)
        for plural, singular in _AROUND_ONE:
            what = plural.sub(singular, what)
    return f"{count} {what}"


def _singular(noun: re.Match[str]) -> str:
    word = noun[0]
    if word == "series":
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-2] if word.endswith("xes") else word[:-1]
