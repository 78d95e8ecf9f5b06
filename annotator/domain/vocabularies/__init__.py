"""Vocabularies as data: coded labels that projects and model cards share, each with its source."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ...errors import NotFoundError
from ..labels import Label, LabelSet

_ELSEWHERE = ("snomed_ct", "radlex")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A published set of coded labels.

    Attributes
    ----------
    name : str
        What it is called here, for example ``facs``.
    title : str
        In words.
    source : str
        Where the codes and their meanings are from.
    label_set : LabelSet
        All labels, of one scheme.
    aliases : mapping of str to tuple of str
        Other words for a label's code, as data sets have them.
    other_codes : mapping of str to mapping of str to str
        Codes of the same meaning elsewhere (``snomed_ct``, ``radlex``), by the label's code.
    values : mapping of str to str
        How data sets of this vocabulary write a label's value, for example ``-1.0`` for
        ``uncertain``; empty where a label is given or not.
    category : str
        What its labels are, in SNOMED CT (of DICOM's CID 7150); empty where that is not said.
    """

    name: str
    title: str
    source: str
    label_set: LabelSet
    aliases: Mapping[str, tuple[str, ...]]
    other_codes: Mapping[str, Mapping[str, str]]
    values: Mapping[str, str]
    category: str = ""

    @property
    def scheme(self) -> str:
        """The scheme of its labels."""
        return self.label_set.labels[0].scheme


@cache
def by_scheme(scheme: str) -> Vocabulary | None:
    """Return the vocabulary of a scheme; None where it is none that ships."""
    every = map(vocabulary, vocabulary_names())
    return next((one for one in every if one.scheme == scheme), None)


def vocabulary_names() -> tuple[str, ...]:
    """Return the names of the vocabularies that ship, in order."""
    names = (entry.name for entry in files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(".json") for name in names if name.endswith(".json")))


@cache
def vocabulary(name: str) -> Vocabulary:
    """Return a vocabulary by name.

    Raises
    ------
    NotFoundError
        If there is none of that name; the message lists those that exist.
    """
    data = vocabulary_data(name)
    labels = data["labels"]
    return Vocabulary(
        name=name,
        title=data["title"],
        source=data["source"],
        label_set=LabelSet(
            tuple(Label(data["scheme"], entry["code"], entry["meaning"]) for entry in labels)
        ),
        aliases={entry["code"]: tuple(entry.get("aliases", ())) for entry in labels},
        other_codes={
            entry["code"]: {scheme: entry[scheme] for scheme in _ELSEWHERE if scheme in entry}
            for entry in labels
        },
        values=data.get("values", {}),
        category=data.get("snomed_ct_category", ""),
    )


def vocabulary_data(name: str) -> dict[str, Any]:
    """Return a vocabulary's file as it is, for what it holds beyond labels (a grammar).

    Raises
    ------
    NotFoundError
        If there is none of that name; the message lists those that exist.
    """
    if name not in vocabulary_names():
        raise NotFoundError(
            f"There is no vocabulary {name!r}; there are {', '.join(vocabulary_names())}."
        )
    data: dict[str, Any] = json.loads((files(__name__) / f"{name}.json").read_text("utf-8"))
    return data
