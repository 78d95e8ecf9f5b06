"""Operating points of a project's own, chosen by the images that its people finished."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass

from ..dataset.items import ExportItem, Offers, export_item
from ..dataset.selection import Consensus, Selection
from ..dataset.splits import kin_of
from ..domain import ImageRecord, Permission, Presence, Project, Recalibration
from ..errors import SuggestError
from ..learning.operating_points import OperatingPoint, fit_operating_point
from .authority import needs
from .blinding import require_unblinded
from .projects import ProjectError
from .workspace import Workspace

_AGREED = Selection(consensus=Consensus.MAJORITY)
_STATED = {Presence.PRESENT: True, Presence.ABSENT: False}


@dataclass(frozen=True, slots=True)
class RecalibrationReport:
    """What finished images say of a classifier's operating points.

    Attributes
    ----------
    images : int
        Finished ones with scores of the project's classifier of now.
    points : tuple of OperatingPoint
        One a label of the project that the classifier knows, in the card's order. `before` is
        the card's point, whatever the project goes by now.
    recalibration : Recalibration or None
        What would be recorded; None where all of the card's points stand.
    """

    images: int
    points: tuple[OperatingPoint, ...]
    recalibration: Recalibration | None


@needs(Permission.MANAGE)
def recalibration(workspace: Workspace, project_name: str) -> RecalibrationReport:
    """Return which operating points a project's finished images ask for; nothing is recorded.

    What readers agree on by majority counts, and the classifier's scores on record. A label that
    nobody could assess on an image says nothing there.

    Raises
    ------
    NotFoundError
        If there is no such project.
    SuggestError
        If the project has no classifier, or its card cannot be read.
    ProtocolError
        If the person still has images of the project to read by themselves.
    """
    from ..suggest.cards import open_card
    from ..suggest.proposing import operating_points

    project = workspace.record.project(project_name)
    require_unblinded(workspace, project.id)
    if project.model_name is None:
        raise SuggestError(f"The project {project.name!r} has no classifier to recalibrate.")
    card = open_card(project.model_name, workspace.settings.weights_folder)
    # From the card's points each time: those of fewer images are no ground to stand on.
    standing = operating_points(card)
    offered = project.label_set.offered.codes
    cases = {code: _Cases() for code in standing if code in offered}
    images = 0
    offers = workspace.record.offers(project.id)
    with closing(workspace.record.image_records(project.id)) as records:
        for record in records:
            images += _note(record, project, offers, card.weights.sha256, cases)
    points = tuple(
        fit_operating_point(code, of.scores, of.truth, of.subjects, standing[code])
        for code, of in cases.items()
    )
    changed = tuple((point.label, point.now) for point in points if not point.kept)
    chosen = Recalibration(card.weights.sha256, changed, images) if changed else None
    return RecalibrationReport(images, points, chosen)


@needs(Permission.MANAGE)
def recalibrate(
    workspace: Workspace, project_name: str, chosen: Recalibration | None, *, reason: str
) -> None:
    """Give a project operating points of its own, or, with None, those of its card again.

    Suggestions that are computed from now on are made by them; what they were stays in the chain,
    and by which points a suggestion was made stands in its provenance.

    Raises
    ------
    NotFoundError
        If there is no such project.
    ProjectError
        If no reason is given.
    StorageError
        If it is archived, or has no classifier.
    """
    if not reason.strip():
        raise ProjectError("What changes suggestions is recorded with its reason; give one.")
    project = workspace.record.project(project_name)
    workspace.record.recalibrate(project.id, chosen, actor=workspace.person.name, reason=reason)


class _Cases:
    """Of one label: score, truth and subject of each image that says something of it."""

    def __init__(self) -> None:
        self.scores: list[float] = []
        self.truth: list[bool] = []
        self.subjects: list[str] = []


def _note(
    record: ImageRecord, project: Project, offers: Offers, sha256: str, cases: dict[str, _Cases]
) -> bool:
    """Add what an image says; tell whether it is finished and the classifier saw it."""
    runs = [run for run in record.runs if run.provenance.model_sha256 == sha256]
    item: ExportItem = export_item(1, record, copied=False, selection=_AGREED, offers=offers)
    if item.unfinished or not runs or not runs[-1].scores:
        return False
    for assessed in item.assessments(project.label_set):
        of, truth = cases.get(assessed.label), _STATED.get(assessed.value)
        score = runs[-1].scores.get(assessed.label)
        if of is not None and truth is not None and score is not None:
            of.scores.append(score)
            of.truth.append(truth)
            of.subjects.append(kin_of(record.image))
    return True
