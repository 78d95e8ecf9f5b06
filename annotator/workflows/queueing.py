"""Go through a project in an order of one's own, as far as its protocol allows."""

from __future__ import annotations

import uuid
from dataclasses import replace

from ..domain import ImageAsset, Permission, QueuePage, QueuePlace, Remark, SuggestionRun
from ..domain.queues import FIRST_OPEN, Only, Order, QueueChoice
from ..errors import ProtocolError
from ..record.pools import IsolatedReader
from .annotating import OpenImage, first_open_image
from .authority import needs
from .blinding import is_blinded, numbered, require_unblinded
from .workspace import Workspace


@needs(Permission.SEE)
def chooses_order(workspace: Workspace, project_id: uuid.UUID, rater: str) -> bool:
    """Tell whether somebody goes through a project in an order, and by filters, of their own.

    Not a reader who is kept apart: theirs is the order of the protocol. Whoever oversees such a
    project and reads nothing in it sees all of its queue.
    """
    protocol, person = workspace.record.protocol(project_id), workspace.person
    if not protocol.isolated:
        return True
    oversees = person.may(Permission.OVERSEE, project_id)
    reads = person.is_operator or person.may(Permission.READ, project_id)
    return oversees and not reads and not is_blinded(workspace, project_id, rater)


@needs(Permission.SEE)
def ordered_page(
    workspace: Workspace,
    project_id: uuid.UUID,
    rater: str,
    choice: QueueChoice,
    *,
    offset: int = 0,
    limit: int = 50,
) -> QueuePage:
    """Return rows of the queue in the chosen order.

    Parameters
    ----------
    workspace : Workspace
    project_id : uuid.UUID
    rater : str
        Where readers are isolated, only their own images, and those they may take, are listed;
        until all are signed, each by its number instead of its file's name.
    choice : QueueChoice
        Of a reader who is kept apart, `only` alone: the order is the protocol's.
    offset : int
        Rows to leave out at the beginning.
    limit : int
        At most this many rows.

    Raises
    ------
    ProtocolError
        If the order or a filter would tell the reader what they may not know.
    """
    reader, choice = _reader(workspace, project_id, rater, choice)
    page = workspace.record.queue.page(project_id, choice, offset, limit, reader)
    if reader is None or not is_blinded(workspace, project_id, rater):
        return page
    rows = (replace(row, file_name=numbered(row.position)) for row in page.rows)
    return replace(page, rows=tuple(rows))


@needs(Permission.SEE)
def place_in_order(
    workspace: Workspace,
    project_id: uuid.UUID,
    image_id: uuid.UUID,
    rater: str,
    choice: QueueChoice,
) -> QueuePlace:
    """Return where an image stands in the chosen order, and its neighbours there.

    Raises
    ------
    ProtocolError
        As of `ordered_page`.
    """
    reader, choice = _reader(workspace, project_id, rater, choice)
    queue = workspace.record.queue
    place = queue.place(project_id, image_id, choice, reader)
    if reader is None or choice.order is not Order.RANDOM:
        return place
    left = replace(choice, only=Only.OPEN)
    ahead = queue.place(project_id, image_id, left, reader).next_id
    ahead = ahead or first_in_order(workspace, project_id, rater, choice)
    return replace(place, next_id=None if ahead == image_id else ahead)


@needs(Permission.READ)
def first_in_order(
    workspace: Workspace, project_id: uuid.UUID, rater: str, choice: QueueChoice
) -> uuid.UUID | None:
    """Return the image to begin with: an issue's, else the first of the order.

    Raises
    ------
    ProtocolError
        As of `ordered_page`.
    """
    reader, choice = _reader(workspace, project_id, rater, choice)
    if choice == FIRST_OPEN:
        return first_open_image(workspace, project_id, rater)
    first = workspace.record.queue.first
    if reader is None or choice.only is not None:
        return first(project_id, choice, reader)
    issues = workspace.record.readings.issues_for(project_id, rater)
    if issues:
        return issues[0].image_id
    left = replace(choice, only=Only.OPEN)
    return first(project_id, left, reader) or first(project_id, choice, reader)


@needs(Permission.OVERSEE)
def look_at(workspace: Workspace, image_id: uuid.UUID) -> tuple[ImageAsset, tuple[Remark, ...]]:
    """Return an image and what all its readers remarked on it, oldest first; nothing is opened.

    Raises
    ------
    NotFoundError
        If there is no such image.
    ProtocolError
        If the person still has images of the project to read by themselves.
    """
    record = workspace.record
    require_unblinded(workspace, record.project_of(image_id))
    return record.image(image_id), record.readings.remarks(image_id)


@needs(Permission.READ)
def run_ahead(workspace: Workspace, project_id: uuid.UUID, view: OpenImage) -> SuggestionRun | None:
    """Return what the machine said of the next image, to be fetched ahead of time.

    None where readers are isolated: what they may see of an image is settled when they open it.
    """
    if view.next_asset is None or workspace.record.protocol(project_id).isolated:
        return None
    return workspace.record.latest_run(view.next_asset.id)


@needs(Permission.READ)
def frame_of_file(
    workspace: Workspace, project_id: uuid.UUID, image_id: uuid.UUID, rater: str, place: int
) -> uuid.UUID | None:
    """Return the frame at a place, from 1, in an image's sequence.

    Neither the order nor the filters of the queue are asked; where readers are isolated, only
    frames assigned to this one are counted.

    Returns
    -------
    uuid.UUID or None
        None where there is none.
    """
    record = workspace.record
    reader = rater if record.protocol(project_id).isolated else None
    return record.queue.frame_at(project_id, record.image(image_id), place, reader)


@needs(Permission.MANAGE)
def images_between(
    workspace: Workspace, project_id: uuid.UUID, first: int, last: int
) -> list[uuid.UUID]:
    """Return the images from one number to another, both from 1 and included."""
    return workspace.record.image_ids(project_id, first, last)


def _reader(
    workspace: Workspace, project_id: uuid.UUID, rater: str, choice: QueueChoice
) -> tuple[IsolatedReader | None, QueueChoice]:
    """Return who is kept apart, None if nobody, and the choice that they go by."""
    protocol = workspace.record.protocol(project_id)
    if choice.scores is not None and choice.label is None:
        raise ProtocolError("Scores are of a label; name it.")
    if chooses_order(workspace, project_id, rater):
        return None, choice
    own = QueueChoice(only=choice.only)
    if protocol.order is Order.RANDOM:
        own = replace(own, order=Order.RANDOM, seed=f"{protocol.seed}:{rater}")
    if choice not in (own, QueueChoice(only=choice.only)):
        raise ProtocolError(
            "Readers of this project are kept apart: each reads in the order of its protocol, and "
            "orders and filters would tell what they may not know."
        )
    return IsolatedReader.of(protocol, rater), own
