"""A data set without names: neither of raters nor of files, and without free text."""

from __future__ import annotations

from dataclasses import replace

from ..domain import ImageRecord, ReadingRecord


class Pseudonyms:
    """Numbers raters in the order in which they appear; the same record gives the same numbers."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def of(self, rater: str) -> str:
        """Return the name that stands for a rater."""
        return f"rater-{self._numbers.setdefault(rater, len(self._numbers) + 1)}"

    def applied(self, record: ImageRecord) -> ImageRecord:
        """Return a record without names."""
        ending = record.image.file_name.rpartition(".")[2].lower()
        known = ending if ending in ("png", "jpg", "jpeg", "tif", "tiff", "webp", "bmp") else "img"
        acts = {act.id: replace(act, rater=self.of(act.rater)) for act in record.annotations}
        readings = tuple(self._reading(read) for read in record.readings)
        return replace(
            record,
            image=replace(record.image, file_name=f"{record.image.id}.{known}"),
            annotations=tuple(acts.values()),
            readings=readings,
            label_values=tuple(
                replace(value, rater=self.of(value.rater)) for value in record.label_values
            ),
            remarks=tuple(
                replace(
                    remark,
                    rater=self.of(remark.rater),
                    addressee=remark.addressee and self.of(remark.addressee),
                    text="",
                )
                for remark in record.remarks
            ),
        )

    def _reading(self, read: ReadingRecord) -> ReadingRecord:
        name = self.of(read.reading.rater)
        return ReadingRecord(
            replace(read.reading, rater=name),
            # A revealed reading may hold acts of the first one: the name of each by itself.
            tuple(replace(act, rater=self.of(act.rater)) for act in read.annotations),
            tuple(replace(value, rater=self.of(value.rater)) for value in read.label_values),
        )
