"""What somebody may know of a project in which they still have to read by themselves.

Asked here, and by every use case that tells of a project: pages, counts, figures, exports.
"""

from __future__ import annotations

import uuid
from dataclasses import replace

from ..domain import (
    Assignment,
    ImageAsset,
    Permission,
    Project,
    ProjectCounts,
    Protocol,
    ReaderProgress,
    Round,
    sights,
)
from ..domain.queues import Only, QueueChoice
from ..errors import ProtocolError
from ..record.pools import IsolatedReader
from .authority import needs
from .workspace import Workspace


@needs(Permission.SEE)
def is_blinded(workspace: Workspace, project_id: uuid.UUID, rater: str | None = None) -> bool:
    """Tell whether somebody still has images to read by themselves in a project.

    Until they have signed them all, they know nothing of it but their own work: no name of a file,
    no count, nobody else's progress.

    Parameters
    ----------
    workspace : Workspace
    project_id : uuid.UUID
    rater : str, optional
        Whose reads; those of the workspace's person if not given. The operator of the machine, who
        holds the files themselves, is bound only where a name is given.
    """
    person, record = workspace.person, workspace.record
    protocol = record.protocol(project_id)
    if not protocol.isolated or (person.is_operator and rater is None):
        return False
    own = own_progress(workspace, project_id, rater or person.name)
    if own.signed < own.assigned:
        return True
    if not person.may(Permission.READ, project_id):
        return False
    if protocol.assignment is not Assignment.OPEN:
        return not own.assigned  # what they will read is not theirs yet
    reader = IsolatedReader.of(protocol, own.rater)
    return record.queue.first(project_id, QueueChoice(only=Only.OPEN), reader) is not None


@needs(Permission.SEE)
def may_see_machine(workspace: Workspace, project_id: uuid.UUID, rater: str | None = None) -> bool:
    """Tell whether somebody may know what the machine says of a project's images in general.

    What may be seen of one image that they read is settled by the round of its reading. Parameters
    as of `is_blinded`.
    """
    hides = hides_machine(workspace.record.protocol(project_id))
    return not (hides and is_blinded(workspace, project_id, rater))


def hides_machine(protocol: Protocol) -> bool:
    """Tell whether a first read is made without some of what the machine says."""
    seen = [sights(mode, Round.FIRST) for mode in protocol.arms or (protocol.mode,)]
    return not all(one.scores and one.maps and one.regions for one in seen)


def own_progress(workspace: Workspace, project_id: uuid.UUID, rater: str) -> ReaderProgress:
    """Return how far one reader is."""
    progress = workspace.record.readings.progress(project_id)
    return next((one for one in progress if one.rater == rater), ReaderProgress(rater, 0, 0))


def require_unblinded(workspace: Workspace, project_id: uuid.UUID) -> None:
    """Refuse what tells of other readers, of the machine or of files before the reads are signed.

    Raises
    ------
    ProtocolError
    """
    if is_blinded(workspace, project_id):
        raise ProtocolError(
            "You still have images to read by yourself in this project; until all of them are "
            "signed you see nothing of it but your own work. Read them first, or ask somebody who "
            "does not read here."
        )


def require_machine(workspace: Workspace, project_id: uuid.UUID) -> None:
    """Refuse what tells of the machine before the reads are signed.

    Raises
    ------
    ProtocolError
    """
    if not may_see_machine(workspace, project_id):
        require_unblinded(workspace, project_id)


def as_told(workspace: Workspace, project: Project, rater: str | None = None) -> Project:
    """Return a project with the counts that somebody may know: where they are blinded, their own.

    Parameters as of `is_blinded`.
    """
    if not is_blinded(workspace, project.id, rater):
        return project
    own = own_progress(workspace, project.id, rater or workspace.person.name)
    images = project.counts.images
    return replace(
        project, counts=ProjectCounts(images=images, touched=own.signed, decided=own.signed)
    )


def without_name(asset: ImageAsset, number: int) -> ImageAsset:
    """Return an image that is called by its number in the project, and not by its file's name.

    Nor does it say where it came from or lies: that tells which images are of one series.
    """
    telling = {"origin", "geometry", "volume", "acquisition"}
    display = {k: v for k, v in (asset.display or {}).items() if k not in telling}
    return replace(asset, file_name=numbered(number), display=display or None)


def numbered(number: int) -> str:
    """Return what an image without a name is called."""
    return f"Image {number}"
