"""Names that look alike, as UTS 39 (Unicode Security Mechanisms) tells them.

The data are Unicode's, as the package confusable-homoglyphs brings them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

from ..errors import SignInError

_INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0]")
"""What is drawn as nothing (Default_Ignorable_Code_Point) and yet counts as printable."""

_TOGETHER = tuple(
    frozenset(scripts.split())
    for scripts in ("LATIN HAN HIRAGANA KATAKANA", "LATIN HAN BOPOMOFO", "LATIN HAN HANGUL")
)
"""Scripts that are written together: the level "highly restrictive" of UTS 39, section 5.2."""


def skeleton(name: str) -> str:
    """Return what names that look alike have in common: UTS 39, section 4, whatever the case."""
    return _prototypes(_prototypes(name).casefold())


def told_apart(names: Iterable[str]) -> str:
    """Return names that look alike in a row, each spelled out in ASCII beside it."""
    return ", ".join(f"{name} ({name.encode('unicode_escape').decode()})" for name in names)


def is_invisible(name: str) -> bool:
    """Tell whether a character of a name is drawn as nothing."""
    return _INVISIBLE.search(name) is not None


def check_scripts(name: str) -> None:
    """Refuse a name whose scripts are not written together, such as Latin and Cyrillic.

    Raises
    ------
    SignInError
    """
    from confusable_homoglyphs import categories

    scripts = categories.unique_aliases(name) - {"COMMON", "INHERITED"}
    if len(scripts) > 1 and not any(scripts <= together for together in _TOGETHER):
        mixed = " and ".join(sorted(script.capitalize() for script in scripts))
        raise SignInError(
            f"The name {name!r} mixes letters of {mixed}, which can be taken for one another; "
            "write it in one script."
        )


def _prototypes(text: str) -> str:
    table = _table()
    apart = unicodedata.normalize("NFD", _INVISIBLE.sub("", text))
    return unicodedata.normalize("NFD", "".join(table.get(letter, letter) for letter in apart))


@lru_cache(maxsize=1)
def _table() -> Mapping[str, str]:
    """Return for each letter the one that stands for all that look like it."""
    from confusable_homoglyphs.confusables import confusables_data

    # The package keeps each pair in both directions. A letter has one prototype, which has itself
    # all the letters it stands for; of a pair that is alone the first in order is taken.
    table: dict[str, str] = {}
    for letter, alike in confusables_data.items():
        (prototype, *more) = [one["c"] for one in alike]
        is_pair = len(prototype) == 1 and len(confusables_data[prototype]) == 1
        if not more and len(letter) == 1 and not (is_pair and letter < prototype):
            table[letter] = prototype
    return table
