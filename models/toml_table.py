"""Reading a TOML table key by key, collecting every problem instead of stopping at the first."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

Number = int | float
_NEAR = 0.6
"""How alike two words must be for one to be taken for a misspelling of the other."""


class TomlTable:
    """A table being read; each problem is noted with its key's path and the fix.

    A value that is missing or wrong is replaced by a stand-in of the right type, so that
    reading goes on; whoever reads looks at `problems` before using any of it.

    Parameters
    ----------
    values : mapping
        What ``tomllib`` returned.
    path : str
        Dotted path of this table, empty for the whole file.
    problems : list of str, optional
        Shared with the tables inside.
    """

    def __init__(
        self, values: Mapping[str, Any], path: str = "", problems: list[str] | None = None
    ) -> None:
        self._values = values
        self._path = path
        self._known: list[str] = []
        self.problems: list[str] = [] if problems is None else problems

    def __contains__(self, key: str) -> bool:
        """Return whether the file has the key."""
        return key in self._values

    def complain(self, key: str, problem: str) -> None:
        """Note a problem of a key."""
        where = f"{self._path}.{key}" if self._path else key
        self.problems.append(f"{where}: {problem}")

    def text(self, key: str, default: str | None = None) -> str:
        """Read a string that is not empty; required unless there is a default."""
        value = self._take(key, required=default is None, form='text, as in key = "..."')
        if value is None:
            return default or ""
        if not isinstance(value, str) or not value.strip():
            self.complain(key, f"is {value!r}; give text between quotes.")
            return default or ""
        return value.strip()

    def choice(self, key: str, choices: Sequence[str], default: str | None = None) -> str:
        """Read one of a few words."""
        value = self.text(key, default)
        if value and value not in choices:
            self.complain(
                key, f"is {value!r}; use {_either(choices)}.{did_you_mean(value, choices)}"
            )
            return choices[0]
        return value

    def sha256(self, key: str) -> str:
        """Read the SHA-256 of a file."""
        form = "the file's 64 hexadecimal digits, as `sha256sum` prints them"
        value = self._take(key, required=True, form=form)
        if value is None:
            return ""
        if not isinstance(value, str) or not re.fullmatch(r"[0-9a-fA-F]{64}", value):
            self.complain(key, f"is {value!r}; give {form}.")
            return ""
        return value.lower()

    def number(
        self, key: str, default: float | None = None, *, least: float, most: float = math.inf
    ) -> float:
        """Read a finite number within bounds."""
        value = self._take(key, required=default is None, form="a number")
        if value is None:
            return least if default is None else default
        if not _is_number(value) or not least <= value <= most:
            self.complain(key, f"is {value!r}; give a number {_bounds(least, most)}.")
            return least
        return float(value)

    def optional_number(self, key: str, *, least: float, most: float) -> float | None:
        """Read a finite number within bounds; None where the file has none."""
        if key not in self:
            self._known.append(key)
            return None
        return self.number(key, least=least, most=most)

    def integer(self, key: str, default: int | None = None, *, least: int = 0) -> int:
        """Read a whole number of at least `least`."""
        value = self._take(key, required=default is None, form="a whole number")
        if value is None:
            return least if default is None else default
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            self.complain(key, f"is {value!r}; give a whole number of at least {least}.")
            return least
        return value

    def truth(self, key: str, default: bool) -> bool:
        """Read true or false."""
        value = self._take(key, required=False, form="true or false")
        if value is not None and not isinstance(value, bool):
            self.complain(key, f"is {value!r}; give true or false.")
        return value if isinstance(value, bool) else default

    def numbers(self, key: str, default: Sequence[float] | None = None) -> tuple[float, ...]:
        """Read a list of finite numbers."""
        value = self._take(key, required=default is None, form="a list of numbers")
        if value is None:
            return tuple(default or ())
        if not isinstance(value, list) or not all(_is_number(v) for v in value):
            self.complain(key, f"is {value!r}; give a list of numbers, as in [0.5, 0.5].")
            return ()
        return tuple(float(v) for v in value)

    def texts(self, key: str, default: Sequence[str] | None = None) -> tuple[str, ...]:
        """Read a list of strings."""
        value = self._take(key, required=default is None, form="a list of texts")
        if value is None:
            return tuple(default or ())
        if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() for v in value):
            self.complain(key, f'is {value!r}; give a list of texts, as in ["a", "b"].')
            return ()
        return tuple(v.strip() for v in value)

    def table(self, key: str, *, required: bool = True) -> TomlTable:
        """Read a table; an empty one where it is missing or wrong."""
        value = self._take(key, required=required, form=f"a table, as in [{self._inner(key)}]")
        if value is not None and not isinstance(value, dict):
            self.complain(key, f"is {value!r}; write it as a table, [{self._inner(key)}].")
            return TomlTable({}, self._inner(key))  # what it lacks is no further problem
        return TomlTable(value or {}, self._inner(key), self.problems)

    def tables(self, key: str, *, required: bool = True) -> list[TomlTable]:
        """Read an array of tables; an empty list where it is missing or wrong."""
        value = self._take(key, required=required, form=f"tables, each as in [[{key}]]")
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            self.complain(key, f"is {value!r}; write each entry as a table, [[{key}]].")
            return []
        return [
            TomlTable(v, f"{self._inner(key)}[{i}]", self.problems) for i, v in enumerate(value)
        ]

    def values(self) -> dict[str, Any]:
        """Read all keys as they are, for tables whose keys are somebody else's to check."""
        self._known.extend(self._values)
        return dict(self._values)

    def close(self) -> None:
        """Note each key that nobody asked for; call this after the last key was read."""
        for key in self._values:
            if key not in self._known:
                here = f"the keys here are {', '.join(self._known)}"
                hint = did_you_mean(key, self._known) or f" Remove it; {here}."
                self._forget_missing(key)
                self.complain(key, f"is not a key of a model card.{hint}")

    def _forget_missing(self, misspelt: str) -> None:
        """Take back that a key is missing if this is it: one mistake is one message."""
        for meant in difflib.get_close_matches(misspelt, self._known, n=1, cutoff=_NEAR):
            missing = f"{self._inner(meant)}: is missing;"
            self.problems[:] = [p for p in self.problems if not p.startswith(missing)]

    def _inner(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key

    def _take(self, key: str, *, required: bool, form: str) -> Any:
        self._known.append(key)
        if key not in self._values and required:
            self.complain(key, f"is missing; give {form}.")
        return self._values.get(key)


def did_you_mean(word: str, choices: Sequence[str]) -> str:
    """Return a sentence that offers the nearest of some words, or nothing if none is near."""
    near = difflib.get_close_matches(word, choices, n=1, cutoff=_NEAR)
    return f" Did you mean {near[0]!r}?" if near else ""


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _bounds(least: float, most: float) -> str:
    return f"of at least {least:g}" if math.isinf(most) else f"from {least:g} to {most:g}"


def _either(choices: Sequence[str]) -> str:
    return " or ".join([", ".join(choices[:-1]), choices[-1]]) if len(choices) > 1 else choices[0]
