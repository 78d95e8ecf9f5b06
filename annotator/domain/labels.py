"""Labels: coded classes, and the set of them that a project uses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import NotFoundError


@dataclass(frozen=True, slots=True)
class Label:
    """A coded class.

    Attributes
    ----------
    scheme : str
        The vocabulary that the code belongs to, for example ``FACS`` or ``expression``.
    code : str
        The code itself, unique in a label set, for example ``AU12``.
    meaning : str
        What it says in words, for example ``lip corner puller``.
    retired : bool
        Whether nothing new may be stated with it; what was stated stays, and is exported.
    """

    scheme: str
    code: str
    meaning: str
    retired: bool = False

    def __str__(self) -> str:
        """Return the code and, where it adds something, the meaning."""
        return self.code if self.meaning in ("", self.code) else f"{self.code} {self.meaning}"


@dataclass(frozen=True, slots=True)
class LabelSet:
    """The labels of a project, in the order they are offered.

    Attributes
    ----------
    labels : tuple of Label
        With unique codes.
    """

    labels: tuple[Label, ...]

    def __post_init__(self) -> None:
        """Refuse two labels of one code."""
        codes = self.codes
        twice = sorted({c for c in codes if codes.count(c) > 1})
        if twice:
            raise ValueError(f"label codes given twice: {', '.join(twice)}")

    def __iter__(self) -> Iterator[Label]:
        """Iterate over the labels in order."""
        return iter(self.labels)

    def __len__(self) -> int:
        """Return the number of labels."""
        return len(self.labels)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes in order."""
        return tuple(label.code for label in self.labels)

    def numbered(self, first: int) -> dict[str, int]:
        """Return the number of each code, counted from the first one's."""
        return {code: number for number, code in enumerate(self.codes, start=first)}

    @property
    def offered(self) -> LabelSet:
        """Those that something new may be stated with."""
        return LabelSet(tuple(label for label in self.labels if not label.retired))

    def __getitem__(self, code: str) -> Label:
        """Return the label of a code.

        Raises
        ------
        NotFoundError
            If no label has that code; the message lists those that exist.
        """
        for label in self.labels:
            if label.code == code:
                return label
        raise NotFoundError(
            f"There is no label {code!r} here; the labels are {', '.join(self.codes)}."
        )
