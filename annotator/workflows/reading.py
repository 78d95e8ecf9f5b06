"""Who reads what: protocols, assignments, queues, signatures, issues."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ..domain import (
    Assignment,
    Permission,
    Protocol,
    ReaderProgress,
    Reading,
    Remark,
    RemarkKind,
)
from ..domain.queues import FIRST_OPEN, READING_ORDERS, Order
from ..errors import ProtocolError
from .authority import needs
from .blinding import is_blinded
from .queueing import first_in_order
from .workspace import Workspace

_MOST_READERS = 100


@needs(Permission.MANAGE)
def set_protocol(
    workspace: Workspace,
    project_id: uuid.UUID,
    protocol: Protocol,
    *,
    actor: str,
    reason: str = "",
) -> None:
    """Say how a project is read; the change is an event of its chain.

    Raises
    ------
    NotFoundError
        If there is no such project.
    ProtocolError
        If the protocol contradicts itself, or reading has begun and it is another one.
    """
    check_protocol(protocol)
    workspace.record.readings.set_protocol(project_id, protocol, actor=actor, reason=reason)


def check_protocol(protocol: Protocol) -> None:
    """Refuse a protocol that cannot be followed.

    Raises
    ------
    ProtocolError
    """
    if not 1 <= protocol.readers <= _MOST_READERS:
        raise ProtocolError(
            f"An image is read by 1 to {_MOST_READERS} readers, not by {protocol.readers}."
        )
    if protocol.arms and (len(set(protocol.arms)) < 2 or not protocol.seed):
        raise ProtocolError(
            "Arms are randomised between at least two different modes, from a seed that is "
            "recorded; give both."
        )
    if protocol.order not in READING_ORDERS:
        orders = " or ".join(READING_ORDERS)
        raise ProtocolError(f"Readers go by {orders}, not by {protocol.order.value}.")
    in_random_order = protocol.order is Order.RANDOM
    if in_random_order and not (protocol.seed and protocol.isolated):
        raise ProtocolError(
            "A random order is for readers who are kept apart, each in their own, from a seed that "
            "is recorded; give a seed, or keep the order of import."
        )
    if protocol.seed and not (protocol.arms or in_random_order):
        raise ProtocolError(
            "A seed is for randomised arms or a random order; give one of them, or leave the seed "
            "out."
        )


@needs(Permission.READ)
def sign_reading(
    workspace: Workspace,
    image_id: uuid.UUID,
    rater: str,
    reason: str = "",
    reading_id: uuid.UUID | None = None,
    seen: Collection[uuid.UUID] | None = None,
    act_id: uuid.UUID | None = None,
) -> Reading:
    """Sign a reader's reading of an image: they are done, also where they found nothing.

    The reading is the one they have before them, `reading_id`, or their last round; signing one
    that is signed changes nothing. Where people go on from each other's work, `seen` are the acts
    that are before the reader. An act sent again, by its id `act_id`, signs nothing that was
    opened since. After a blind first read, the next `open_image` opens the
    revealed round.

    Raises
    ------
    ProtocolError
        If there is no such reading, or the protocol asks for a decision on each suggestion and
        some are undecided, or others stated what the reader has not seen.
    """
    return workspace.record.readings.sign(image_id, rater, reason, reading_id, seen, act_id)


@needs(Permission.READ)
def decided_before_signatures(
    workspace: Workspace, project_id: uuid.UUID, rater: str
) -> list[uuid.UUID]:
    """Return the images that a reader had decided before only a signature made them reviewed.

    Until they are signed or left they are shown to the reader; they are in progress.
    """
    return workspace.record.readings.decided_by(project_id, rater)


@needs(Permission.READ)
def sign_decided(workspace: Workspace, project_id: uuid.UUID, rater: str) -> int:
    """Sign all images of `decided_before_signatures`, and return their number."""
    return workspace.record.readings.sign_decided(project_id, rater)


@needs(Permission.READ)
def leave_decided(workspace: Workspace, project_id: uuid.UUID, rater: str) -> None:
    """Leave those images unsigned and ask no more."""
    workspace.record.readings.leave_decided(project_id, rater)


@needs(Permission.READ)
def reopen_reading(
    workspace: Workspace,
    image_id: uuid.UUID,
    rater: str,
    reason: str,
    act_id: uuid.UUID | None = None,
) -> Reading:
    """Open a reader's signed reading again, for a reason that is recorded; by one act once.

    Raises
    ------
    ProtocolError
        If there is none, no reason is given, or it is a blind first read.
    """
    return workspace.record.readings.reopen(image_id, rater, reason, act_id)


@needs(Permission.READ)
def next_image(workspace: Workspace, project_id: uuid.UUID, rater: str) -> uuid.UUID | None:
    """Return what a reader should look at next; None where there is nothing at all."""
    return first_in_order(workspace, project_id, rater, FIRST_OPEN)


@needs(Permission.SEE)
def reader_progress(workspace: Workspace, project_id: uuid.UUID) -> list[ReaderProgress]:
    """Return how far each reader is with the images assigned to them, by name.

    Who does not oversee the project, or still has to read in it, is told of themselves alone.
    """
    person = workspace.person
    overseen = person.may(Permission.OVERSEE, project_id)
    overseen = overseen and not is_blinded(workspace, project_id)
    progress = workspace.record.readings.progress(project_id)
    return [one for one in progress if overseen or one.rater == person.name]


@needs(Permission.MANAGE)
def assign(
    workspace: Workspace,
    project_id: uuid.UUID,
    raters: Sequence[str],
    *,
    actor: str,
    image_ids: Sequence[uuid.UUID] | None = None,
) -> int:
    """Assign images to raters as the protocol says; what is assigned already stays.

    By hand, each of `raters` gets each of `image_ids`. Otherwise every image (or those named)
    gets readers until it has as many as the protocol asks for: in turn, or always the rater with
    the fewest images.

    Returns
    -------
    int
        How many assignments are new.

    Raises
    ------
    NotFoundError
        If the project or an image does not exist.
    ProtocolError
        If no rater is named, or by hand no image, or an image would have too many readers.
    """
    names = list(dict.fromkeys(name.strip() for name in raters if name.strip()))
    if not names:
        raise ProtocolError("Nobody is named to read; name raters.")
    known = readers_to_choose(workspace, project_id)
    if known.with_accounts and (strangers := set(names) - set(known.names)):
        raise ProtocolError(
            f"{min(strangers)} has no account that may read this project; nothing was changed. "
            "Create the account, or give it the role rater, on the page People."
        )
    if image_ids is None:
        if workspace.record.protocol(project_id).assignment is Assignment.BY_HAND:
            raise ProtocolError("By hand, images are assigned one by one; name them.")
        image_ids = workspace.record.image_ids(project_id)
    return workspace.record.readings.assign(image_ids, names, actor=actor)


@dataclass(frozen=True, slots=True)
class KnownReaders:
    """Who may be given images: accounts that may read or, without accounts, who has any."""

    names: tuple[str, ...]
    with_accounts: bool


@needs(Permission.MANAGE)
def readers_to_choose(workspace: Workspace, project_id: uuid.UUID) -> KnownReaders:
    """Return who may be given images of a project, by name."""
    accounts = workspace.record.people.accounts()
    if not accounts:
        progress = workspace.record.readings.progress(project_id)
        return KnownReaders(tuple(one.rater for one in progress), with_accounts=False)
    may_read = (
        account.name
        for account in accounts
        if account.active and account.person.may(Permission.READ, project_id)
    )
    return KnownReaders(tuple(may_read), with_accounts=True)


@needs(Permission.MANAGE)
def withdraw_assignments(
    workspace: Workspace, image_ids: Sequence[uuid.UUID], rater: str, *, actor: str, reason: str
) -> int:
    """Take images from a reader, of those named the ones that are theirs; return how many.

    What they did stays on record.

    Raises
    ------
    NotFoundError
        If none of them is assigned to the reader; nothing is changed.
    """
    return workspace.record.readings.withdraw(image_ids, rater, actor=actor, reason=reason)


@needs(Permission.ASK)
def raise_issue(
    workspace: Workspace,
    image_id: uuid.UUID,
    act_id: uuid.UUID,
    text: str,
    *,
    reviewer: str,
    issue_id: uuid.UUID | None = None,
) -> Remark:
    """Ask about an act on a region: the question goes to its rater, and opens their reading.

    Asked again by the same `issue_id`, it is asked once.

    Raises
    ------
    NotFoundError
        If there is no such act on the image.
    StorageError
        If there is no text.
    """
    key = issue_id or uuid.uuid4()
    issue = Remark(key, image_id, reviewer, RemarkKind.ISSUE, text, act_id=act_id)
    workspace.record.record_acts([issue])
    return issue


@needs(Permission.SEE)
def my_issues(workspace: Workspace, project_id: uuid.UUID, rater: str) -> list[Remark]:
    """Return the issues that wait for a rater, oldest first."""
    return workspace.record.readings.issues_for(project_id, rater)
