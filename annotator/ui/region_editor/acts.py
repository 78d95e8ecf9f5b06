"""What comes from the editor in the browser: acts, each stating what holds after it.

Nothing in them is trusted: `act_from_json` refuses what is not what it should be.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from annotator.domain import (
    Act,
    Annotation,
    Decision,
    LabelValue,
    Presence,
    Region,
    Remark,
    RemarkKind,
    stated_region_from_json,
)
from annotator.domain.annotations import INTENSITIES, SIDES
from annotator.errors import AnnotatorError

ACTIONS = frozenset(
    (
        *("accept", "reject", "reopen", "reshape", "relabel", "add", "delete"),
        *("undo", "redo", "settle"),
    )
)
_BY_RATERS = frozenset(RemarkKind) - {RemarkKind.ISSUE}
"""Issues are a reviewer's to raise, elsewhere."""
_LONGEST_TEXT = 4000


@dataclass(frozen=True, slots=True)
class _Act:
    """What all acts say of themselves.

    Attributes
    ----------
    id : str
        UUID made in the browser: an act that arrives twice is the same act.
    document : str
        The image it was made on, which need not be the one shown now.
    rater : str
        Who made it.
    reading_id : str or None
        UUID of the reading it was made in.
    """

    id: str
    document: str
    rater: str
    reading_id: str | None

    def head(self) -> dict[str, Any]:
        """Return the same as arguments of the domain's acts."""
        return {
            "id": uuid.UUID(self.id),
            "image_id": uuid.UUID(self.document),
            "rater": self.rater,
            "reading_id": _id(self.reading_id),
        }


@dataclass(frozen=True, slots=True)
class EditorAct(_Act):
    """One act of the rater on one region.

    Attributes
    ----------
    region_id : str
        UUID of the region.
    action : str
        What the rater did: one of ``accept``, ``reject``, ``reopen``, ``reshape``,
        ``relabel``, ``add``, ``delete``, ``undo``, ``redo``, or ``settle`` (said anew, on top
        of what another page had recorded meanwhile).
    decision : str
        What holds of the region now (a value of `annotator.domain.Decision`).
    label : str
        Code of the region's label now.
    region : mapping
        The region's outline now; of a mask it may be what changed since the act superseded.
    derived_from : str or None
        UUID of the suggestion it began as.
    supersedes : str or None
        UUID of the act on the same region that this one replaces.
    """

    region_id: str
    action: str
    decision: str
    label: str
    region: Mapping[str, Any]
    derived_from: str | None
    supersedes: str | None

    def check(self) -> None:
        """Refuse what the domain would refuse, before anything is done with it."""
        uuid.UUID(self.region_id)
        _check_ids(self.derived_from, self.supersedes)
        _check_in("action", self.action, ACTIONS)
        Decision(self.decision)
        stated_region_from_json(self.region)

    def as_domain(self) -> Annotation:
        """Return the act as the record takes it."""
        return Annotation(
            **self.head(),
            region_id=uuid.UUID(self.region_id),
            decision=Decision(self.decision),
            label=self.label,
            region=cast(Region, stated_region_from_json(self.region)),  # whole in the record
            derived_from=_id(self.derived_from),
            supersedes=_id(self.supersedes),
        )


@dataclass(frozen=True, slots=True)
class EditorLabelAct(_Act):
    """One act of the rater on a label of the whole image.

    Attributes
    ----------
    label : str
        Code of the label.
    value : str
        A value of `annotator.domain.Presence`.
    intensity, side : str or None
        Of a FACS code.
    supersedes : str or None
        UUID of the act on the same label that this one replaces.
    """

    label: str
    value: str
    intensity: str | None
    side: str | None
    supersedes: str | None

    def check(self) -> None:
        """Refuse what the domain would refuse, before anything is done with it."""
        _check_ids(self.supersedes)
        _check_in("intensity", self.intensity, (None, *INTENSITIES))
        _check_in("side", self.side, (None, *SIDES))
        Presence(self.value)

    def as_domain(self) -> LabelValue:
        """Return the act as the record takes it."""
        return LabelValue(
            **self.head(),
            label=self.label,
            value=Presence(self.value),
            intensity=self.intensity,
            side=self.side,
            supersedes=_id(self.supersedes),
        )


@dataclass(frozen=True, slots=True)
class EditorRemark(_Act):
    """A note, a flag, a skip, or an answer to a reviewer's issue.

    Attributes
    ----------
    remark : str
        A value of `annotator.domain.RemarkKind`, but for ``issue``.
    text : str
    region_id : str or None
        UUID of the region it is about; None for the image.
    answers : str or None
        UUID of the issue it answers.
    """

    remark: str
    text: str
    region_id: str | None
    answers: str | None

    def check(self) -> None:
        """Refuse what the domain would refuse, before anything is done with it."""
        _check_ids(self.region_id, self.answers)
        _check_in("remark", self.remark, _BY_RATERS)
        if len(self.text) > _LONGEST_TEXT:
            raise AnnotatorError(
                f"A remark of {len(self.text)} characters is too long; keep it under "
                f"{_LONGEST_TEXT}."
            )

    def as_domain(self) -> Remark:
        """Return the act as the record takes it."""
        return Remark(
            **self.head(),
            kind=RemarkKind(self.remark),
            text=self.text,
            region_id=_id(self.region_id),
            answers=_id(self.answers),
        )


AnyAct = EditorAct | EditorLabelAct | EditorRemark
_KINDS: Mapping[str, type[AnyAct]] = {
    "region": EditorAct,
    "label": EditorLabelAct,
    "remark": EditorRemark,
}


@dataclass(frozen=True, slots=True)
class EditorConflict:
    """An act that was not recorded, because what it speaks of was changed elsewhere meanwhile.

    Attributes
    ----------
    sent : str
        Id of the act.
    by : str
        Who changed it.
    current : mapping or None
        The act that counts now, as `act_to_json` writes it; None where nothing does.
    """

    sent: str
    by: str = ""
    current: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class EditorRefusal:
    """An act that can never be recorded as it is.

    Attributes
    ----------
    sent : str
        Id of the act.
    reason : str
        A sentence.
    """

    sent: str
    reason: str


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of each of some acts.

    Attributes
    ----------
    recorded : frozenset of str
        Ids of the acts that are on record now.
    conflicts : tuple of EditorConflict
        Those that came too late; nothing later of the same region or label was recorded either.
    refused : tuple of EditorRefusal
    """

    recorded: frozenset[str]
    conflicts: tuple[EditorConflict, ...] = ()
    refused: tuple[EditorRefusal, ...] = ()


def act_from_json(value: Mapping[str, Any]) -> AnyAct:
    """Read an act that a browser sent, and trust nothing in it.

    Raises
    ------
    AnnotatorError
        If a field is missing or cannot be what it should be.
    """
    try:
        # Acts that a browser kept from before there were kinds are acts on regions.
        kind = _KINDS[value.get("kind", "region")]
        act = kind(**{"reading_id": None, **{k: v for k, v in value.items() if k != "kind"}})
        uuid.UUID(act.id)
        _check_ids(act.reading_id)
        _check_texts(act.document, act.rater, getattr(act, "label", ""), getattr(act, "text", ""))
        act.check()
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise AnnotatorError(
            "The browser sent a change that lacks a field or has one that cannot be read; reload "
            "the page, and report this if it comes again."
        ) from error
    return act


def act_to_json(act: Act) -> dict[str, Any]:
    """Return an act of the record as the browser reads it in a conflict."""
    head = {"id": str(act.id), "rater": act.rater}
    if isinstance(act, Annotation):
        said = {"decision": act.decision, "label": act.label, "region": act.region.to_json()}
        return head | {"kind": "region", "region_id": str(act.region_id)} | said
    if isinstance(act, LabelValue):
        stated = {"value": act.value, "intensity": act.intensity, "side": act.side}
        return head | {"kind": "label", "label": act.label} | stated
    return head | {"kind": "remark", "remark": act.kind, "text": act.text}


def _check_texts(*texts: Any) -> None:
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("text expected")


def _check_ids(*ids: str | None) -> None:
    for name in ids:
        _id(name)


def _id(name: str | None) -> uuid.UUID | None:
    return None if name is None else uuid.UUID(name)


def _check_in(what: str, value: Any, allowed: Sequence[Any] | frozenset[Any]) -> None:
    if value not in allowed:
        raise AnnotatorError(
            f"The browser sent an act whose {what} is unknown ({value!r}); reload the page."
        )
