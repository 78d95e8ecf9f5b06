"""What the record should hold: readers, projects and acts in plain Python, a few rules each.

The model knows nothing of tables, transactions or the editor. It is told what people do and says
what becomes of it; `tests/persistence/test_rules_in_combination.py` compares it with the product.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from annotator.domain.regions.run_lengths import unpacked

RECORDED, CONFLICT, REFUSED = "recorded", "conflict", "refused"
FIRST, REVEALED, ADJUDICATION = "first", "revealed", "adjudication"
_STATES_NOTHING = ("undecided",)


@dataclass
class Reading:
    """One person's look at one image, in one round."""

    image: str
    reader: str
    round: str
    signed: bool = False


@dataclass
class Kept:
    """All that the record keeps; a backup is a copy of it."""

    acts: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    counting: dict[tuple[Any, ...], str] = field(default_factory=dict)
    readings: dict[str, Reading] = field(default_factory=dict)
    assigned: set[tuple[str, str]] = field(default_factory=set)
    signatures: set[str] = field(default_factory=set)
    """Ids of the acts that signed something."""
    questions: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Image and addressee of each that is open."""


def pixels_of(region: Mapping[str, Any]) -> set[tuple[int, int]]:
    """Column and row of a mask's pixels; none of another shape."""
    if region["type"] != "mask":
        return set()
    width, at = region["width"], 0
    found: set[tuple[int, int]] = set()
    for number, length in enumerate(unpacked(region["counts"]).tolist()):
        if number % 2:
            places = (divmod(place, width) for place in range(at, at + length))
            found |= {(region["x"] + column, region["y"] + row) for row, column in places}
        at += length
    return found


class Model:
    """Two projects: one where people go on from each other's work, one read apart and blind.

    Parameters
    ----------
    images : mapping of str to str
        The project of each image: ``open`` or ``blind``.
    readers_needed : int
        Signed final reads that make an image of the blind project reviewed.
    """

    def __init__(self, images: Mapping[str, str], readers_needed: int) -> None:
        self.images = images
        self.readers_needed = readers_needed
        self.kept = Kept()

    # ---- backups ----------------------------------------------------------------------------

    def backup(self) -> Kept:
        return deepcopy(self.kept)

    def restore(self, backup: Kept) -> None:
        self.kept = deepcopy(backup)

    # ---- readings ---------------------------------------------------------------------------

    def reading(self, image: str, reader: str) -> tuple[str, Reading] | None:
        """The reader's last round of an image, adjudication aside."""
        own = [
            (key, one)
            for key, one in self.kept.readings.items()
            if (one.image, one.reader) == (image, reader) and one.round != ADJUDICATION
        ]
        return own[-1] if own else None

    def may_show(self, image: str, reader: str) -> bool:
        return self.images[image] == "open" or (image, reader) in self.kept.assigned

    def show(self, image: str, reader: str, reading_id: str) -> None:
        """An image is shown: a reading is opened, the revealed one after a signed blind one."""
        current = self.reading(image, reader)
        if current is None:
            self.kept.readings[reading_id] = Reading(image, reader, FIRST)
        elif self.images[image] == "blind" and current[1].round == FIRST and current[1].signed:
            self.kept.readings[reading_id] = Reading(image, reader, REVEALED)

    def sees_suggestions(self, image: str, reader: str) -> bool:
        current = self.reading(image, reader)
        return self.images[image] == "open" or (current is not None and current[1].round != FIRST)

    def visible(self, image: str, reader: str) -> dict[str, Mapping[str, Any]]:
        """What counts for this reader: by region."""
        scopes = self._scopes(image, reader)
        found: dict[str, Mapping[str, Any]] = {}
        for scope in scopes:
            for (of, region), act in self.kept.counting.items():
                if of == scope:
                    found[region] = self.kept.acts[act]
        return found

    def pixels(self, act_id: str) -> set[tuple[int, int]]:
        """Column and row of the pixels of the mask that an act left; none of another shape."""
        region = self.kept.acts[act_id]["region"]
        before = self.pixels(region["changes"]) if "changes" in region else set()
        return before ^ pixels_of(region)

    def _scopes(self, image: str, reader: str) -> list[tuple[str, ...]]:
        """Scopes that a reader's acts count in, later ones over earlier ones."""
        if self.images[image] == "open":
            return [(image,)]
        current = self.reading(image, reader)
        if current is None or current[1].round == FIRST:
            return [(image, reader, FIRST)]
        return [(image, reader, FIRST), (image, reader, REVEALED)]

    # ---- acts -------------------------------------------------------------------------------

    def save(self, sent: list[Mapping[str, Any]], person: str, may_read: bool) -> dict[str, str]:
        """What becomes of each act of a parcel; those recorded count from now on."""
        stopped: dict[tuple[str, str], str] = {}
        verdicts: dict[str, str] = {}
        for act in sent:
            subject = act["document"], act["region_id"]
            verdict = self._verdict(act, person, may_read, stopped.get(subject))
            verdicts[act["id"]] = verdict
            if verdict == RECORDED:
                self._record(act)
            else:
                stopped.setdefault(subject, verdict)
        return verdicts

    def _verdict(
        self, act: Mapping[str, Any], person: str, may_read: bool, stopped: str | None
    ) -> str:
        if act["rater"] != person:
            return REFUSED
        if act["id"] in self.kept.acts:  # whatever came after it
            return RECORDED
        if not may_read:
            return REFUSED
        if stopped is not None:
            return stopped
        image, before = act["document"], act["supersedes"]
        reading = self.kept.readings.get(act["reading_id"])
        if reading is None or (reading.image, reading.reader) != (image, person):
            return REFUSED
        if self.images[image] == "blind" and reading.signed:
            return REFUSED
        if before is not None and before not in self.kept.acts:
            return REFUSED
        return RECORDED if before == self._counts(image, person, reading, act) else CONFLICT

    def _counts(
        self, image: str, person: str, reading: Reading, act: Mapping[str, Any]
    ) -> str | None:
        if self.images[image] == "open":
            return self.kept.counting.get(((image,), act["region_id"]))
        rounds = (FIRST,) if reading.round == FIRST else (REVEALED, FIRST)
        found = (self.kept.counting.get(((image, person, one), act["region_id"])) for one in rounds)
        return next((one for one in found if one is not None), None)

    def _record(self, act: Mapping[str, Any]) -> None:
        image = act["document"]
        self.kept.acts[act["id"]] = act
        reading = self.kept.readings[act["reading_id"]]
        if self.images[image] == "open":
            self.kept.counting[(image,), act["region_id"]] = act["id"]
            for one in self.kept.readings.values():
                if one.image == image:  # an act puts the image back in progress
                    one.signed = False
        else:
            scope = image, reading.reader, reading.round
            self.kept.counting[scope, act["region_id"]] = act["id"]

    # ---- signing, questions, assignment -----------------------------------------------------

    def may_sign(self, image: str, reader: str, reading_id: str, seen: Collection[str]) -> bool:
        """Whether a reader may sign what is before them: theirs, and seen, if others acted."""
        theirs = reading_id in self.kept.readings and self.may_show(image, reader)
        if not theirs or self.images[image] == "blind":
            return theirs
        counting = self.visible(image, reader).values()
        return all(act["id"] in seen for act in counting if act["rater"] != reader)

    def sign(self, reading_id: str, signature: str) -> None:
        """A reading is signed by an act, once; what is signed stays as it is."""
        reading = self.kept.readings[reading_id]
        if signature not in self.kept.signatures and not reading.signed:
            self.kept.signatures.add(signature)
            reading.signed = True

    def may_reopen(self, image: str, reader: str) -> bool:
        current = self.reading(image, reader)
        if current is None or not current[1].signed or not self.may_show(image, reader):
            return False
        return self._is_last_word(current[1])

    def reopen(self, image: str, reader: str) -> None:
        current = self.reading(image, reader)
        assert current is not None
        current[1].signed = False

    def may_ask(self, act_id: str) -> bool:
        """Whether whoever made an act can open their signed last word again to answer."""
        act = self.kept.acts[act_id]
        current = self.reading(act["document"], act["rater"])
        is_last_word = current is not None and current[1].signed and self._is_last_word(current[1])
        return self.may_reopen(act["document"], act["rater"]) or not is_last_word

    def _is_last_word(self, reading: Reading) -> bool:
        return self.images[reading.image] == "open" or reading.round != FIRST

    def ask(self, act_id: str, question: str) -> None:
        """A question goes to whoever made the act, and opens their signed final reading."""
        act = self.kept.acts[act_id]
        image, reader = act["document"], act["rater"]
        self.kept.questions[question] = image, reader
        if self.may_reopen(image, reader):
            self.reopen(image, reader)

    def may_assign(self, image: str, reader: str) -> bool:
        """Whether no more would read an image than its project asks for."""
        others = {one for of, one in self.kept.assigned if of == image} - {reader}
        return len(others) < self.readers_needed

    def assign(self, image: str, reader: str) -> bool:
        """Whether it is new."""
        is_new = (image, reader) not in self.kept.assigned
        self.kept.assigned.add((image, reader))
        return is_new

    def withdraw(self, image: str, reader: str) -> bool:
        """Whether there was something to take back."""
        was = (image, reader) in self.kept.assigned
        self.kept.assigned.discard((image, reader))
        return was

    # ---- how far an image is ----------------------------------------------------------------

    def final_readers(self, image: str) -> set[str]:
        """Whose last word on an image of the blind project is signed."""
        return {
            one.reader
            for one in self.kept.readings.values()
            if one.image == image and one.round == REVEALED and one.signed
        }

    def reviewed(self, image: str) -> bool:
        if self.images[image] == "open":
            return any(one.signed for one in self.kept.readings.values() if one.image == image)
        return len(self.final_readers(image)) >= self.readers_needed

    def touched(self, image: str) -> bool:
        """Whether anybody acted on it, or signed a last word on it."""
        acted = any(act["document"] == image for act in self.kept.acts.values())
        return acted or self.reviewed(image) or bool(self.final_readers(image))

    def may_adjudicate(self, image: str) -> bool:
        return self.images[image] == "blind" and self.reviewed(image)
