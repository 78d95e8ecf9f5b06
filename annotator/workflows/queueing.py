"""Go through a project in an order of one's own, as far as its protocol allows."""

from __future__ import annotations

import uuid

from ..domain import Permission, Protocol, QueuePage, QueuePlace, Round, SuggestionRun, sights
from ..domain.queues import FIRST_OPEN, Order, QueueChoice
from ..errors import ProtocolError
from ..record.queue import IsolatedReader
from .annotating import OpenImage, first_open_image
from .authority import needs
from .workspace import Workspace

_TELLS_OF_PEERS = (Order.DISAGREEMENT,)


def orders_offered(protocol: Protocol) -> tuple[Order, ...]:
    """Return the orders that tell a reader nothing they may not know."""
    if not protocol.isolated:
        return tuple(Order)
    hidden = _TELLS_OF_PEERS if _told(protocol) else (*_TELLS_OF_PEERS, Order.UNCERTAINTY)
    return tuple(order for order in Order if order not in hidden)


def labels_offered(protocol: Protocol) -> bool:
    """Return whether a reader may narrow the queue by label or score."""
    # By label it would tell of other readers' regions too.
    return not protocol.isolated


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
        Where readers are isolated, only their own images, and those they may take, are listed.
    choice : QueueChoice
    offset : int
        Rows to leave out at the beginning.
    limit : int
        At most this many rows.

    Raises
    ------
    ProtocolError
        If the order or a filter would tell the reader what they may not know.
    """
    reader = _reader(workspace, project_id, rater, choice)
    return workspace.record.queue.page(project_id, choice, offset, limit, reader)


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
    reader = _reader(workspace, project_id, rater, choice)
    return workspace.record.queue.place(project_id, image_id, choice, reader)


@needs(Permission.READ)
def first_in_order(
    workspace: Workspace, project_id: uuid.UUID, rater: str, choice: QueueChoice
) -> uuid.UUID | None:
    """Return the image to begin with: an issue's, else the first of the chosen order.

    Raises
    ------
    ProtocolError
        As of `ordered_page`.
    """
    if choice == FIRST_OPEN:
        return first_open_image(workspace, project_id, rater)
    rows = ordered_page(workspace, project_id, rater, choice, limit=1).rows
    return rows[0].image_id if rows else None


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
    """Return the frame at a place, from 1, among those of an image's file in the project.

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


def _told(protocol: Protocol) -> bool:
    modes = protocol.arms or (protocol.mode,)
    return all(sights(mode, Round.FIRST).scores for mode in modes)


def _reader(
    workspace: Workspace, project_id: uuid.UUID, rater: str, choice: QueueChoice
) -> IsolatedReader | None:
    protocol = workspace.record.protocol(project_id)
    narrowed = choice.label is not None or choice.scores is not None
    if choice.order not in orders_offered(protocol) or (narrowed and not labels_offered(protocol)):
        raise ProtocolError(
            "This order or filter would tell what readers of this project may not know before "
            "they have read; choose another one."
        )
    if choice.scores is not None and choice.label is None:
        raise ProtocolError("Scores are of a label; name it.")
    return IsolatedReader.of(protocol, rater)
