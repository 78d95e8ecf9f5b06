"""How a job is told what to do: options of use cases as JSON, and back."""

from __future__ import annotations

import dataclasses
import math
import os
import types
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints
from urllib.parse import quote_from_bytes, unquote_to_bytes

_Options = TypeVar("_Options")


def to_json(value: Any) -> Any:
    """Return options, or a part of them, as JSON-ready values."""
    if dataclasses.is_dataclass(value):
        return {one.name: to_json(getattr(value, one.name)) for one in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {key: to_json(one) for key, one in value.items()}
    if isinstance(value, (frozenset, set, tuple, list)):
        return [to_json(one) for one in value]
    for kind, (write, _) in _PLAIN.items():
        if isinstance(value, kind):
            return write(value)
    return value


def from_json(kind: type[_Options], value: Any) -> _Options:
    """Read what `to_json` wrote of a value of some type."""
    return cast(_Options, _read(kind, value))


def _read(kind: Any, value: Any) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        kind = (
            types.NoneType if value is None else next(a for a in inner if a is not types.NoneType)
        )
        return _read(kind, value)
    if origin in (tuple, list, frozenset):
        return origin(_read(inner[0], one) for one in value)
    if not isinstance(kind, type):
        return value
    if dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{name: _read(hints[name], one) for name, one in value.items()})
    read = kind if issubclass(kind, Enum) else _PLAIN.get(kind, (None, None))[1]
    return value if read is None else read(value)


# A path's name may hold bytes that are no text; JSON has no number without end.
_PLAIN: dict[type[Any], tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    Enum: (lambda value: value.value, str),
    Path: (
        lambda path: quote_from_bytes(os.fsencode(path.absolute())),
        lambda text: Path(os.fsdecode(unquote_to_bytes(text))),
    ),
    datetime: (datetime.isoformat, datetime.fromisoformat),
    float: (lambda value: value if math.isfinite(value) else str(value), float),
}
"""How values of a type are written, and read."""
