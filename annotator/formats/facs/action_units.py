"""Action Units in tables: which the layouts know, and how they say presence and intensity."""

from __future__ import annotations

import re

from ...domain.facs import code_of_number

OPENFACE = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45)
"""With intensities; presence also of 28 (Baltrusaitis et al., FG 2018)."""
OPENFACE_PRESENCE = tuple(sorted((*OPENFACE, 28)))
PY_FEAT = (1, 2, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 17, 20, 23, 24, 25, 26, 28, 43)
"""Cheong et al., Affective Science 2023."""
DISFA = (1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26)
"""Mavadati et al., IEEE TAFFC 2013."""
BP4D = (1, 2, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 22, 23, 24, 27, 28, 30)
"""Of the occurrence tables (Zhang et al., IVC 2014)."""
BP4D_INTENSITY = (6, 10, 12, 14, 17)

NOT_CODED = 9
"""BP4D: the unit was not coded on that frame."""

LETTERS = "ABCDE"


def unit_number(code: str) -> int | None:
    """Return 12 for ``AU12``, 19 for ``AD19``; None for a label that is no Action Unit."""
    match = re.fullmatch(r"A[UD]0*(\d{1,2})", code)
    return int(match[1]) if match else None


def unit_code(number: int) -> str:
    """Return ``AU12`` for 12; for 19, which tables call a unit as well, the descriptor ``AD19``."""
    return code_of_number(number) or f"AU{number}"


def grade(letter: str | None) -> int | None:
    """Return 1 to 5 for A to E; None where there is none."""
    return LETTERS.index(letter) + 1 if letter else None


def letter_of(grade_: float) -> str | None:
    """Return A to E for the nearest of 1 to 5; None below one half."""
    nearest = int(max(0, min(5, grade_)) + 0.5)
    return LETTERS[nearest - 1] if nearest >= 1 else None
