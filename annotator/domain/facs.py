"""The code line of FACS: ``1+2+L12C+25`` read, checked, printed, and said in words.

Codes, sides, intensities, exclusions and messages are data
(``annotator/domain/vocabularies/facs.json``), which the editor's own reader shares.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NoReturn

from ..errors import AnnotatorError
from .vocabularies import vocabulary_data

_SIDE, _NUMBER, _INTENSITY = 1, 3, 4
"""Groups of the grammar's pattern."""
_UNIT = "action unit"


class FacsError(AnnotatorError):
    """A code line cannot be read.

    Attributes
    ----------
    kind : str
        Which of the grammar's messages it is: ``empty``, ``missing``, ``character``,
        ``separator``, ``unknown``, ``letter``, ``side``, ``intensity``, ``twice``,
        ``excluded`` or ``alone``.
    position : int
        Where in the text the fault begins, in characters from 0.
    length : int
        How many characters it covers; 0 where something is missing.
    """

    def __init__(self, kind: str, position: int, length: int, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.position = position
        self.length = length


@dataclass(frozen=True, slots=True)
class FacsCode:
    """One code of a line.

    Attributes
    ----------
    code : str
        Code of the label: ``AU12``, ``AD34``, ``51``, ``M57``.
    side : str or None
        ``L`` or ``R``: without a trace on the other side; ``A``: on both sides, asymmetric;
        ``B``: on both sides, said expressly; None: on both sides, as the manual has it.
    intensity : str or None
        ``A`` (trace) to ``E`` (maximum); None where it was not scored.
    """

    code: str
    side: str | None = None
    intensity: str | None = None

    def __str__(self) -> str:
        """Return the code as it is written in a line, for example ``L12C``."""
        return f"{self.side or ''}{_number(self.code)}{self.intensity or ''}"

    def in_words(self) -> str:
        """Return the code in words, for example ``lip corner puller, left, intensity C``."""
        grammar = _grammar()
        side = grammar.sides[self.side] if self.side else ""
        intensity = f"intensity {self.intensity}" if self.intensity else ""
        return ", ".join(filter(None, (grammar.labels[self.code]["meaning"], side, intensity)))


@dataclass(frozen=True, slots=True)
class FacsLine:
    """What a code line says.

    Attributes
    ----------
    codes : tuple of FacsCode
        By number, head and eye movements (M) after the position of their number.
    """

    codes: tuple[FacsCode, ...]

    def __str__(self) -> str:
        """Return the line in the one way it is printed, for example ``1+2+L12C+25``."""
        return _grammar().separator.join(map(str, self.codes))

    def in_words(self) -> str:
        """Return the line in words, the codes separated by semicolons."""
        return "; ".join(code.in_words() for code in self.codes)


@dataclass(frozen=True, slots=True)
class _Grammar:
    """The grammar's data, ready for look-up."""

    separator: str
    example: str
    pattern: re.Pattern[str]
    sides: Mapping[str, str]
    intensities: Mapping[str, str]
    labels: Mapping[str, Mapping[str, Any]]
    by_number: Mapping[str, str]
    alone: frozenset[str]
    exclusions: Mapping[frozenset[str], str]
    messages: Mapping[str, str]
    hides: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class _Found:
    """A code and where it stands in the text."""

    code: FacsCode
    position: int
    length: int


def parse_facs(text: str) -> FacsLine:
    """Read a code line.

    Parameters
    ----------
    text : str
        Codes with ``+`` between them, each a number with a side before it and an intensity
        after it where there is one; upper or lower case, blanks between codes, ``AU`` or ``AD``
        before a number and leading zeros are allowed.

    Returns
    -------
    FacsLine

    Raises
    ------
    FacsError
        If the text is no code line, or codes exclude each other; with the place of the first
        fault and what to do.
    """
    found: list[_Found] = []
    at = _skip_blanks(text, 0)
    if at == len(text):
        _fail("empty", 0, 0, example=_grammar().example)
    while True:
        item = _read_code(text, at)
        _check_beside(item, found)
        found.append(item)
        at = _skip_blanks(text, item.position + item.length)
        if at == len(text):
            break
        if text[at] != _grammar().separator:
            _fail("separator", at, 1, text=text[at])
        at = _skip_blanks(text, at + 1)
    return FacsLine(tuple(sorted((item.code for item in found), key=_order)))


def takes_side(code: str, side: str) -> bool:
    """Return whether a label is a FACS code that is scored by a side (``L``, ``R``, ...)."""
    label = _grammar().labels.get(code)
    return label is not None and side in label["sides"]


def visibility_codes(present: Iterable[str]) -> frozenset[str]:
    """Return those of the codes present that say that a part of the face is not to be seen."""
    return frozenset(present) & _grammar().hides.keys()


@cache
def not_assessable(visibility: frozenset[str], *, still: bool) -> frozenset[str]:
    """Return the codes whose absence nobody can tell, so that silence about them says nothing.

    Parameters
    ----------
    visibility : frozenset of str
        Of `visibility_codes`: 70 hides the brows' units, 71 the eyes', 72 the lower face's, 73
        and 74 all.
    still : bool
        Whether it is a single picture, on which what needs motion (a blink) cannot be scored.
    """
    grammar = _grammar()
    hidden = {area for code in visibility for area in grammar.hides[code]}
    return frozenset(
        code
        for code, entry in grammar.labels.items()
        if entry.get("area") in hidden or (still and entry.get("needs_motion"))
    )


def hides_face(visibility: Iterable[str]) -> bool:
    """Return whether one of the codes says that nothing of the face can be scored (73, 74)."""
    grammar = _grammar()
    parts = {entry.get("area") for entry in grammar.labels.values() if entry["kind"] == _UNIT}
    return any(parts <= grammar.hides[code] for code in visibility)


def code_of_number(number: int) -> str | None:
    """Return the Action Unit or descriptor of a number: ``AU12``, ``AD19``; None for no other."""
    code = _grammar().by_number.get(str(number), "")
    return code if code.startswith(("AU", "AD")) else None


def _read_code(text: str, at: int) -> _Found:
    """Read the code that begins at a place."""
    grammar = _grammar()
    if at == len(text) or text[at] == grammar.separator:
        _fail("missing", at, 0)
    match = grammar.pattern.match(text, at)
    if match is None:
        _fail("character", at, 1, text=text[at])
    side = (match[_SIDE] or "").upper()
    digits, letter = match[_NUMBER].upper(), match[_INTENSITY].upper()
    number = "M" * digits.startswith("M") + (digits.lstrip("M0") or "0")
    if number not in grammar.by_number:
        _fail("unknown", match.start(_NUMBER), len(digits), number=number)
    if letter and letter not in grammar.intensities:
        _fail("letter", match.start(_INTENSITY), 1, letter=letter)
    entry = grammar.labels[grammar.by_number[number]]
    said = {"code": number, "meaning": entry["meaning"]}
    if side and side not in entry["sides"]:
        _fail("side", match.start(_SIDE), 1, side=side, **said)
    if letter and not entry["intensity"]:
        _fail("intensity", match.start(_INTENSITY), 1, intensity=letter, **said)
    code = FacsCode(entry["code"], side or None, letter or None)
    return _Found(code, at, match.end() - at)


def _check_beside(item: _Found, others: list[_Found]) -> None:
    """Refuse a code that does not go with those before it."""
    grammar, code = _grammar(), item.code
    number = _number(code.code)
    for other in others:
        name = _number(other.code.code)
        if name == number and {code.side, other.code.side} != {"L", "R"}:
            _fail("twice", item.position, item.length, code=number)
        reason = grammar.exclusions.get(frozenset((number, name)))
        if reason:
            _fail("excluded", item.position, item.length, code=number, other=name, reason=reason)
        for one in (code.code, other.code.code):
            if one in grammar.alone:
                said = {"code": _number(one), "meaning": grammar.labels[one]["meaning"]}
                _fail("alone", item.position, item.length, **said)


def _fail(kind: str, position: int, length: int, **values: str) -> NoReturn:
    raise FacsError(kind, position, length, _grammar().messages[kind].format(**values))


def _skip_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at] == " ":
        at += 1
    return at


def _number(code: str) -> str:
    """Return a label's code as a line has it: 12 for AU12, M57 for M57."""
    return code.removeprefix("AU").removeprefix("AD")


def _order(code: FacsCode) -> tuple[int, bool, str]:
    number = _number(code.code)
    return int(number.removeprefix("M")), number.startswith("M"), code.side or ""


@cache
def _grammar() -> _Grammar:
    data = vocabulary_data("facs")
    rules = data["grammar"]
    labels = {entry["code"]: entry for entry in data["labels"]}
    return _Grammar(
        separator=rules["separator"],
        example=rules["example"],
        pattern=re.compile(rules["pattern"], re.IGNORECASE | re.ASCII),
        sides=rules["sides"],
        intensities=rules["intensities"],
        labels=labels,
        by_number={_number(code): code for code in labels},
        alone=frozenset(rules["alone"]),
        exclusions={frozenset(rule["codes"]): rule["reason"] for rule in rules["exclusions"]},
        messages=data["messages"],
        hides={code: frozenset(e["hides"]) for code, e in labels.items() if "hides" in e},
    )
