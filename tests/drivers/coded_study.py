"""A project whose images readers code apart: what each states is given in a line."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from annotator.domain import (
    Act,
    Annotation,
    BoundingBox,
    Decision,
    ImageAsset,
    Label,
    LabelSet,
    LabelValue,
    Presence,
    Protocol,
)
from annotator.workflows.annotating import open_image, save_acts
from annotator.workflows.reading import set_protocol, sign_reading
from annotator.workflows.workspace import Workspace

UNITS = ("AU1", "AU12", "AU25")


class CodedStudy:
    """A project of some images, and readers who state what they are told to.

    Parameters
    ----------
    workspace : Workspace
        Of the operator.
    subjects : sequence of str
        Of each image.
    protocol : Protocol
    labels : sequence of str
    scheme : str
    """

    def __init__(
        self,
        workspace: Workspace,
        subjects: Sequence[str],
        protocol: Protocol,
        labels: Sequence[str] = UNITS,
        scheme: str = "FACS",
        spacing_mm: tuple[float, float] | None = None,
    ) -> None:
        self.workspace = workspace
        label_set = LabelSet(tuple(Label(scheme, code, code) for code in labels))
        self.project = workspace.record.create_project("study", label_set)
        set_protocol(workspace, self.project.id, protocol, actor="operator")
        assets = self.assets(subjects, spacing_mm)
        self.images = [one.id for one in workspace.record.add_images(self.project.id, assets).added]

    @staticmethod
    def assets(
        subjects: Sequence[str], spacing_mm: tuple[float, float] | None = None
    ) -> list[ImageAsset]:
        """Return new images, one of each subject named."""
        display = {"spacing_mm": list(spacing_mm)} if spacing_mm else None
        return [
            ImageAsset(
                f"{number}.png", 60, 40, uuid.uuid4().hex * 2, uuid.uuid4().hex * 2,
                subject=subject, display=display,
            )
            for number, subject in enumerate(subjects)
        ]  # fmt: skip

    def read(
        self,
        number: int,
        rater: str,
        values: Mapping[str, str] | None = None,
        boxes: Sequence[tuple[str, BoundingBox]] = (),
        *,
        sign: bool = True,
    ) -> None:
        """Let a reader state values (``C`` is present at that intensity) and draw boxes."""
        image = self.images[number]
        opened = open_image(self.workspace, self.project.id, image, rater).reading
        reading = opened.id if opened else None
        seen = self.workspace.record.readings.view(image, opened, rater).label_values
        counting = {one.label: one.id for one in seen}
        acts: list[Act] = []
        for label, text in (values or {}).items():
            graded = text in "ABCDE"
            value = Presence.PRESENT if graded else Presence(text)
            intensity = text if graded else None
            act = LabelValue(
                uuid.uuid4(), image, rater, label, value, intensity,
                supersedes=counting.get(label), reading_id=reading,
            )  # fmt: skip
            acts.append(act)
        for label, box in boxes:
            act = Annotation(
                uuid.uuid4(), image, uuid.uuid4(), rater, Decision.ADDED, label, box,
                reading_id=reading,
            )  # fmt: skip
            acts.append(act)
        report = save_acts(self.workspace, acts)
        assert len(report.recorded) == len(acts), report
        if sign:
            sign_reading(self.workspace, image, rater)
