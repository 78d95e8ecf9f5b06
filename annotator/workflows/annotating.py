"""Open an image with what the reader may see of it, and record what the reader does."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ..domain import (
    Act,
    Annotation,
    ImageAsset,
    LabelValue,
    MapRecord,
    Permission,
    Project,
    Protocol,
    QueuePlace,
    Reading,
    Remark,
    RemarkKind,
    Review,
    SaveReport,
    Sights,
    Suggestion,
    SuggestionRun,
    sights,
)
from ..errors import NotFoundError, ProtocolError, SuggestError
from ..record.pools import IsolatedReader
from ..suggest.canvas import Canvas
from .authority import needs, needs_for_each_act
from .blinding import is_blinded, without_name
from .pictures import shown_pixels
from .suggesting import face_to_read, shared_suggester
from .workspace import Workspace


@dataclass(frozen=True, slots=True)
class OpenImage:
    """Everything that is needed to show an image to a reader, and nothing they may not see.

    Attributes
    ----------
    asset : ImageAsset
    run : SuggestionRun or None
        The latest run of the project's model, as far as it may be seen; None if there was none
        or nothing of it may be.
    annotations : tuple of Annotation
        The act that counts of each region, in this reader's view.
    decided_suggestions : tuple of Suggestion
        The suggestions, of whichever run, that annotations began as.
    place : QueuePlace
        Where it stands in the reader's queue, and its neighbours.
    next_asset : ImageAsset or None
        The image after it, whose pixels will be wanted soon.
    reading : Reading or None
        What the reader's acts will belong to; None where nobody is named.
    sights : Sights
        What of the machine may be seen.
    label_values : tuple of LabelValue
        The act that counts of each label, in this reader's view.
    remarks : tuple of Remark
        Those this reader may see, oldest first.
    review : Review
        How far the image is; where readers are isolated, how far this reader is.
    editable : bool
        Whether acts are accepted now: not in a signed reading of isolated readers.
    frames : QueuePlace or None
        Where it stands in its sequence, as far as this reader has it; None for an image that
        stands by itself.
    near_frames : tuple of ImageAsset
        Those beside it, whose pixels may be wanted soon.
    face_is_open : bool
        Whether this reader may have another face of it read.
    closed : str
        Why nothing may be recorded of it: it was removed, or its project archived; blank if not.
    """

    asset: ImageAsset
    run: SuggestionRun | None
    annotations: tuple[Annotation, ...]
    decided_suggestions: tuple[Suggestion, ...]
    place: QueuePlace
    next_asset: ImageAsset | None
    reading: Reading | None
    sights: Sights
    label_values: tuple[LabelValue, ...]
    remarks: tuple[Remark, ...]
    review: Review
    editable: bool
    frames: QueuePlace | None = None
    near_frames: tuple[ImageAsset, ...] = ()
    face_is_open: bool = False
    closed: str = ""

    @property
    def open_issues(self) -> tuple[Remark, ...]:
        """The issues on regions of this image that nothing resolves, oldest first."""
        resolved = {r.answers for r in self.remarks if r.kind is RemarkKind.RESOLVED}
        issues = (r for r in self.remarks if r.kind is RemarkKind.ISSUE)
        return tuple(issue for issue in issues if issue.id not in resolved)


@needs(Permission.READ)
def open_image(
    workspace: Workspace,
    project_id: uuid.UUID,
    image_id: uuid.UUID,
    rater: str = "",
    place_of: Callable[[], QueuePlace] | None = None,
) -> OpenImage:
    """Read an image and what this reader may see of it; no network runs.

    Opening an image opens the reader's reading of it; after a blind first read was signed, it
    opens the revealed one. Who only looks leaves an open reading, which states nothing.

    Parameters
    ----------
    workspace : Workspace
    project_id, image_id : uuid.UUID
    rater : str
    place_of : callable, optional
        Looks up its place in the queue, once its reading is open (`queueing.place_in_order`);
        without it, the place in the order of the import.

    Raises
    ------
    NotFoundError
        If the project has no such image.
    ProtocolError
        If the image is not this reader's to read.
    """
    record = workspace.record
    asset = record.image(image_id)
    if record.project_of(image_id) != project_id:
        raise NotFoundError(f"The image {image_id} is in another project.")
    protocol = record.protocol(project_id)
    isolated = protocol.isolated
    reading = record.readings.open(image_id, rater) if rater or isolated else None
    view = record.readings.view(image_id, reading, rater)
    if reading is None or not isolated:
        review = record.queue.review(image_id)
    else:
        touched = view.annotations or view.label_values
        review = Review.IN_PROGRESS if touched else Review.NOT_REVIEWED
        if reading.signed_at is not None:
            review = Review.REVIEWED
    allowed = _sights(reading)
    begun = [act.derived_from for act in view.annotations if act.derived_from]
    place = place_of() if place_of else _own_place(workspace, project_id, image_id, rater, isolated)
    run = _as_far_as_allowed(record.latest_run(image_id) if allowed.anything else None, allowed)
    closed = record.readings.why_closed(image_id)
    frames = record.queue.frames(project_id, asset, rater if isolated else None)
    near = (frames.previous_id, frames.next_id) if frames else ()
    hidden = is_blinded(workspace, project_id, rater)
    return OpenImage(
        asset=without_name(asset, record.number(image_id)) if hidden else asset,
        run=run,
        annotations=view.annotations,
        decided_suggestions=tuple(record.suggestions(begun)) if allowed.regions else (),
        place=place,
        # Of these the pixels are wanted, and no names.
        next_asset=without_name(record.image(place.next_id), 0) if place.next_id else None,
        reading=reading,
        sights=allowed,
        label_values=view.label_values,
        remarks=view.remarks,
        review=review,
        # Where people go on from each other's work, the next act opens a signed reading again.
        editable=not closed and (not isolated or reading is None or reading.signed_at is None),
        frames=frames,
        near_frames=tuple(without_name(record.image(key), 0) for key in near if key),
        face_is_open=run is not None and run.reads_faces and may_choose_face(protocol, reading),
        closed=closed,
    )


def _own_place(
    workspace: Workspace, project_id: uuid.UUID, image_id: uuid.UUID, rater: str, isolated: bool
) -> QueuePlace:
    queue = workspace.record.queue
    if not isolated:
        return queue.place(project_id, image_id)
    place = queue.place(project_id, image_id, reader=IsolatedReader(rater))
    if place.next_id is None:
        waiting = first_open_image(workspace, project_id, rater)
        place = replace(place, next_id=None if waiting == image_id else waiting)
    return place


def _sights(reading: Reading | None) -> Sights:
    if reading is None:
        return Sights(scores=True, maps=True, regions=True)
    # What was signed blind and is not opened again shows nothing until the next round is open.
    return sights(reading.arm, reading.round)


def may_choose_face(protocol: Protocol, reading: Reading | None) -> bool:
    """Tell whether a reader may have another face read: one's choice is shown to all.

    So it is nobody's where several read by themselves, nor before suggestions may be seen.
    """
    if not protocol.isolated:
        return True
    if protocol.readers > 1 or reading is None or reading.signed_at is not None:
        return False
    return _sights(reading).regions


def _as_far_as_allowed(run: SuggestionRun | None, allowed: Sights) -> SuggestionRun | None:
    if run is None or not allowed.anything:
        return None
    return replace(
        run,
        suggestions=run.suggestions if allowed.regions else (),
        maps=run.maps if allowed.maps else (),
        notices=run.notices if allowed.regions else (),
    )


@needs(Permission.READ)
def first_open_image(
    workspace: Workspace, project_id: uuid.UUID, rater: str = ""
) -> uuid.UUID | None:
    """Return what this reader should look at next: issues first, what they put aside last.

    Where all is done, the first image of the queue; None where there is nothing at all.
    """
    record = workspace.record
    issues = record.readings.issues_for(project_id, rater) if rater else []
    if issues:
        return issues[0].image_id
    reader = IsolatedReader.of(record.protocol(project_id), rater)
    return record.queue.first(project_id, reader=reader)


@needs_for_each_act
def save_acts(workspace: Workspace, acts: Sequence[Act]) -> SaveReport:
    """Record acts, with a verdict for each; sending one twice records it once.

    What came too late, because what it was to replace was replaced meanwhile, is returned with
    what counts now: the person sees both. What can never be recorded, or not by this person, is
    returned with the reason. Neither keeps other acts from being recorded. What is on record
    already is so, also where the person's role was taken meanwhile.
    """
    return workspace.record.save_acts(acts)


@needs(Permission.READ)
def record_acts(workspace: Workspace, acts: Sequence[Act]) -> list[uuid.UUID]:
    """Record acts: all of them or none.

    Returns
    -------
    list of uuid.UUID
        The ids of the acts that are on record now.

    Raises
    ------
    ConflictError
        If one came too late.
    NotFoundError, ProtocolError, StorageError
        If one cannot be recorded.
    """
    return workspace.record.record_acts(acts)


@needs(Permission.READ)
def require_maps(
    workspace: Workspace, project_id: uuid.UUID, image_id: uuid.UUID, rater: str
) -> None:
    """Refuse while a reader may not see maps of an image: before its bytes are made or sent.

    Raises
    ------
    ProtocolError
    """
    if not workspace.record.protocol(project_id).isolated:
        return
    reading = workspace.record.readings.current(image_id, rater) if rater else None
    if reading is None or not reading.sights.maps:
        raise ProtocolError("What the model looked at is not shown in this round of the reading.")


@needs(Permission.READ)
def explain_why(
    workspace: Workspace,
    project: Project,
    image_id: uuid.UUID,
    label: str,
    against: str,
    rater: str = "",
) -> MapRecord:
    """Compute the map of one label against a rival; nothing is recorded.

    Raises
    ------
    ProtocolError
        If the reader may not see maps of the image now.
    SuggestError
        If the project has no model, no face was found on the picture, or the label or its
        rival is unknown to the model.
    """
    require_maps(workspace, project.id, image_id, rater)
    if project.model_name is None:
        raise SuggestError("This project has no model, so there is nothing to explain.")
    suggester = shared_suggester(project.model_name, workspace.settings)
    asset = workspace.record.image(image_id)
    run = workspace.record.latest_run(image_id, maps=False)
    pixels = shown_pixels(workspace, asset)
    if run is not None:
        face = run.face
    else:
        detector = suggester.detector_sha256
        to_read = None if detector is None else face_to_read(asset, workspace, detector)
        face = suggester.find_faces([pixels], [to_read])[0].face
    if face is None and suggester.card.input.crop == "face":
        raise SuggestError("No face was found on this picture, so there is nothing to explain.")
    return suggester.explain(pixels, [label], against, face)[0].record


def map_on_image(record: MapRecord, asset: ImageAsset) -> npt.NDArray[np.float32]:
    """Return a map over the whole image as it was cut, in [0, 1] of its maximum: a `Canvas`."""
    return Canvas.of(record.grid, record.extent, asset.width, asset.height).values
