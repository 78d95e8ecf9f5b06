"""Findings: what a check of the installation or of a card has to say."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked.

    Attributes
    ----------
    subject : str
        What was looked at.
    text : str
        What was found; where it is not well, what to do.
    ok : bool
        Whether it is well.
    """

    subject: str
    text: str
    ok: bool = True
