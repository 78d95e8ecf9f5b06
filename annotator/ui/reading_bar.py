"""What stands beside the editor: in which round one reads, how far one is, what can be asked."""

from __future__ import annotations

from annotator.domain import Annotation, Mode, Project, Review, Round
from annotator.ui.region_editor.values import AskableAct, ReadingBar
from annotator.workflows.annotating import OpenImage
from annotator.workflows.reading import my_issues, reader_progress
from annotator.workflows.workspace import Workspace

_SHOWN = {
    Mode.SUGGESTIONS_FIRST: "You read by yourself, with what the model says.",
    Mode.LABELS_ONLY: "You read by yourself, with the model's labels and scores.",
    Mode.LABELS_AND_MAPS: "You read by yourself, with the model's labels, scores and maps.",
    Mode.UNAIDED: "You read by yourself, without the model.",
}


def bar_of(workspace: Workspace, project: Project, view: OpenImage, rater: str) -> ReadingBar:
    """Return what stands beside an open image."""
    done, total = _progress(workspace, project, rater)
    return ReadingBar(
        round=_round_in_words(project, view),
        done=done,
        total=total,
        unit="signed" if project.protocol.isolated else "reviewed",
        questions=len(my_issues(workspace, project.id, rater)),
        can_reopen=not view.editable,
        askable=[
            # A question is about somebody else's claim, and goes back to them by itself.
            AskableAct(str(act.id), _region_in_words(act))
            for act in view.annotations
            if act.rater != rater and act.decision.is_claim
        ],
    )


def _round_in_words(project: Project, view: OpenImage) -> list[str]:
    reading = view.reading
    if reading is not None and reading.signed_at is not None and view.review is Review.REVIEWED:
        signed = f"Signed by {reading.rater} on {reading.signed_at:%Y-%m-%d %H:%M} UTC."
        return [signed] if project.protocol.isolated else [signed, "The next act opens it again."]
    if reading is None or not project.protocol.isolated:
        return []
    if reading.round is Round.REVEALED:
        return ["Second look, with what the model says; your first read is kept as it was."]
    if reading.arm is Mode.BLIND_THEN_REVEAL:
        return ["First read, blind: what the model says is shown after you signed."]
    return [_SHOWN[reading.arm]]


def _progress(workspace: Workspace, project: Project, rater: str) -> tuple[int, int]:
    if not project.protocol.isolated:
        return project.counts.decided, project.counts.images
    own = [one for one in reader_progress(workspace, project.id) if one.rater == rater]
    return (own[0].signed, own[0].assigned) if own else (0, 0)


def _region_in_words(act: Annotation) -> str:
    left, top, *_ = act.region.extent
    place = f"at {left:.0f}, {top:.0f}"
    return f"{act.label} {act.decision.value} by {act.rater}, {place}"
