"""The values that pass between Python and the editor in the browser.

Towards the browser go regions, labels, addresses of pixels; back come acts, each stating what
holds of one region after it. Regions are the JSON form of `annotator.domain` (``Region.to_json``),
in pixels of the original image.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from annotator.domain import Decision, region_from_json
from annotator.errors import AnnotatorError

RegionJson = Mapping[str, Any]

ACTIONS = frozenset(
    ("accept", "reject", "reopen", "reshape", "relabel", "add", "delete", "undo", "redo")
)


@dataclass(frozen=True, slots=True)
class EditorRegion:
    """A region to draw, with what is said about it now.

    Attributes
    ----------
    id : str
        UUID that all acts on the region share (for a suggestion, the suggestion's).
    label : str
        Code of its label.
    region : mapping
        Its outline, as ``Region.to_json`` writes it.
    decision : str
        ``undecided``, ``accepted``, ``edited``, ``rejected``, ``added`` or ``withdrawn``
        (not drawn).
    origin : str
        ``suggestion`` or ``rater``.
    score : float or None
        The classifier's score, in [0, 1].
    proposed_region, proposed_label
        What the machine proposed; None for a region the rater drew.
    reason : str
        Why the machine proposed it, in a line.
    last_act : str or None
        Id of the latest act on it.
    """

    id: str
    label: str
    region: RegionJson
    decision: str = "undecided"
    origin: Literal["suggestion", "rater"] = "suggestion"
    score: float | None = None
    proposed_region: RegionJson | None = None
    proposed_label: str | None = None
    reason: str = ""
    last_act: str | None = None


@dataclass(frozen=True, slots=True)
class EditorLabel:
    """A label that regions may carry: its code, and what it says in words."""

    code: str
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class WindowPreset:
    """A named window: stored values from `low` (black) to `high` (white)."""

    name: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class EditorImage:
    """Where the browser finds an image's pixels.

    Attributes
    ----------
    url : str
        Address of the encoded pixels (`encode_image`), usually from `PixelRoute.url`.
    content : str
        Identity of the pixels, for example their SHA-256. While it stays the same the browser
        fetches nothing, even if the address changes.
    width, height : int
        Size in pixels.
    kind : str
        ``png8`` or ``grey16``, from `kind_of`.
    window : (float, float) or None
        The window to begin with; None for the full range.
    presets : tuple of WindowPreset
        Further windows on offer.
    """

    url: str
    content: str
    width: int
    height: int
    kind: Literal["png8", "grey16"] = "png8"
    window: tuple[float, float] | None = None
    presets: tuple[WindowPreset, ...] = ()


@dataclass(frozen=True, slots=True)
class MapOverlay:
    """An excitation map that can be laid over the image.

    Attributes
    ----------
    label, against : str
        The label explained, and its rival: ``dual``, ``none`` or a label code.
    url : str
        Address of the map (`encode_map`), covering the whole image.
    content : str
        Identity of the map's values.
    title : str
        What the rater reads, for example ``AU12 against everything else``.
    """

    label: str
    against: str
    url: str
    content: str
    title: str


@dataclass(frozen=True, slots=True)
class EditorContent:
    """Everything the editor shows.

    Attributes
    ----------
    document : str
        Id of the image. Acts carry it.
    image : EditorImage
    regions : sequence of EditorRegion
        As the record has them now, in the order they are listed. What the rater did since and
        is not acknowledged yet is shown on top of them.
    labels : sequence of EditorLabel
        In the order of the number keys.
    maps : sequence of MapOverlay
        For each label its map against the usual rival first, then those asked for.
    owner : str
        What these acts belong to, for example the project: what a browser has kept unsent is
        sent under the same owner only.
    rater : str
        Who acts; each act carries the name it was made under.
    caption : str
        Shown between the arrows, for example ``film.dcm, 3 of 20``.
    notices : sequence of str
        Sentences for the rater, for example why the image has no suggestion.
    prefetch : sequence of str
        Addresses of pixels that will be wanted next.
    can_previous, can_next : bool
        Whether there is an image to go to.
    readonly : bool
        Look only.
    """

    document: str
    image: EditorImage
    regions: Sequence[EditorRegion]
    labels: Sequence[EditorLabel]
    maps: Sequence[MapOverlay] = ()
    owner: str = ""
    rater: str = ""
    caption: str = ""
    notices: Sequence[str] = ()
    prefetch: Sequence[str] = ()
    can_previous: bool = False
    can_next: bool = False
    readonly: bool = False


@dataclass(frozen=True, slots=True)
class EditorAct:
    """One act of the rater on one region; states what holds afterwards.

    Attributes
    ----------
    id : str
        UUID made in the browser: an act that arrives twice is the same act.
    document : str
        The image it was made on, which need not be the one shown now.
    region_id : str
        UUID of the region.
    action : str
        What the rater did: one of ``accept``, ``reject``, ``reopen``, ``reshape``,
        ``relabel``, ``add``, ``delete``, ``undo``, ``redo``.
    decision : str
        What holds of the region now (a value of `annotator.domain.Decision`).
    label : str
        Code of the region's label now.
    region : mapping
        The region's outline now.
    rater : str
        Who made it.
    derived_from : str or None
        UUID of the suggestion it began as.
    supersedes : str or None
        UUID of the act on the same region that this one replaces.
    """

    id: str
    document: str
    region_id: str
    action: str
    decision: str
    label: str
    region: RegionJson
    rater: str
    derived_from: str | None = None
    supersedes: str | None = None

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> EditorAct:
        """Read an act that a browser sent, and trust nothing in it.

        Raises
        ------
        AnnotatorError
            If a field is missing or cannot be what it should be.
        """
        try:
            act = cls(**{name: value[name] for name in cls.__slots__})
            for name in (act.id, act.region_id, act.derived_from, act.supersedes):
                if name is not None:
                    uuid.UUID(name)
            Decision(act.decision)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise AnnotatorError(
                f"The browser sent an act that cannot be read ({type(error).__name__}); "
                "reload the page, and report this if it comes again."
            ) from error
        if act.action not in ACTIONS or not all(
            isinstance(t, str) for t in (act.document, act.label, act.rater)
        ):
            raise AnnotatorError(
                f"The browser sent an act that is unknown ({act.action!r}); reload the page."
            )
        region_from_json(act.region)
        return act
