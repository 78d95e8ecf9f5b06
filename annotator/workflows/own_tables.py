"""A person brings in their own finished annotations: their acts, by their own hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from ..domain import (
    Act,
    Annotation,
    Decision,
    ImageAsset,
    LabelValue,
    Permission,
    Person,
    Project,
    Reading,
    Review,
    Round,
)
from ..domain.sign_in import is_of_import, name_key
from ..errors import IngestError, NotAllowedError, ProtocolError
from ..formats import ImportedImage, ImportedRegion, ImportedValue
from ..record.readings import ReaderView
from .annotating import save_acts
from .authority import needs, require
from .fitting_findings import agreeing_values, in_words
from .progress import Progress, silent
from .take_over_report import TakeOverReport
from .taking_over import identity, note_taken_over, on_images, placed_regions
from .workspace import Workspace

_OF_OTHERS = "annotations that the file says are other people's left out"
_STATED = "values that are stated already left as they are"
_TOO_LATE = "somebody changed it meanwhile; take the file over again."
_OF_MACHINES = "findings that a machine proposed left out: nobody's own annotations"


@needs(Permission.READ)
def take_over_own(
    workspace: Workspace,
    project_name: str,
    path: Path,
    *,
    format_name: str,
    person: Person,
    originals: Sequence[Path] = (),
    progress: Progress = silent,
) -> TakeOverReport:
    """Record what a file says of the images of a project as a person's own annotations.

    They are acts of that person in their first reading of each image, which they sign as any
    other. Nothing that a person stated is changed, and no signed image or reading is opened: what
    the file says against it is left out, and said. Values out of other files are gone on from.

    Parameters
    ----------
    workspace : Workspace
        Of the person, or of the operator, who saw to it that it is them.
    project_name, path, format_name, originals, progress
        As of `take_over`.
    person : Person
        Whose annotations they are.

    Raises
    ------
    NotAllowedError
        If somebody else is signed in, or the person does not read in the project.
    IngestError
        As `take_over` does; and if the file names several people and none of them is the person.
    """
    if not workspace.person.is_operator and workspace.person != person:
        raise NotAllowedError("These would be somebody else's annotations; sign in as them.")
    project = workspace.record.project(project_name)
    require(workspace.as_person(person), Permission.READ, project.id)
    report = TakeOverReport()
    matched = list(on_images(workspace, project, path, format_name, originals, report))
    names = {part.rater for _, image in matched for part in _parts(image)} - {""}
    own = {name for name in names if name_key(name) == name_key(person.name)}
    if len(names) > 1 and not own:
        raise IngestError(
            f"The file has annotations of {len(names)} people ({', '.join(sorted(names)[:5])}) and "
            f"of none called {person.name}; keep your own rows, then take it over."
        )
    own = own if len(names) > 1 else names
    table = _OwnTable(workspace, project, person, format_name, own, report)
    for done, (asset, image) in enumerate(matched, start=1):
        try:
            table.take(asset, image)
        except (IngestError, ProtocolError) as error:
            report.faults.append(f"{asset.file_name} is left out: {error}")
        progress(done, len(matched))
    about = "annotations of one's own"
    note_taken_over(workspace, project, format_name, about, person.name, report)
    return report


class _OwnTable:
    """A person's annotations on their way into the record."""

    def __init__(
        self,
        workspace: Workspace,
        project: Project,
        person: Person,
        format_name: str,
        names: set[str],
        report: TakeOverReport,
    ) -> None:
        self._workspace, self._name = workspace.as_person(person), person.name
        self._isolated = workspace.record.protocol(project.id).isolated
        self._format_name, self._names, self._report = format_name, names, report

    def take(self, asset: ImageAsset, image: ImportedImage) -> None:
        """Record what the file says of one image.

        Raises
        ------
        ProtocolError
            If it is signed, or is not the person's to read.
        """
        notes = self._report.notes
        notes[_OF_MACHINES] += sum(part.suggested for part in _parts(image))
        notes[_OF_OTHERS] += sum(self._is_anothers(part) for part in _parts(image))
        own = replace(
            image,
            regions=tuple(one for one in image.regions if self._is_own(one)),
            values=tuple(one for one in image.values if self._is_own(one)),
        )
        record = self._workspace.record
        reading = record.readings.current(asset.id, self._name)
        view = record.readings.view(asset.id, reading, self._name)
        acts: list[Act] = [*self._annotations(asset, own), *self._values(asset, own, view)]
        earlier = {act.id for act in record.history(asset.id)}
        earlier |= {value.id for value in view.label_values}
        new = [act for act in acts if act.id not in earlier]
        self._report.known += len(new) < len(acts) and not new
        if new:
            self._record(asset, new, reading)

    def _is_anothers(self, part: ImportedRegion | ImportedValue) -> bool:
        return bool(part.rater) and part.rater not in self._names

    def _is_own(self, part: ImportedRegion | ImportedValue) -> bool:
        return not part.suggested and not self._is_anothers(part)

    def _annotations(self, asset: ImageAsset, image: ImportedImage) -> Iterator[Annotation]:
        for number, (region, found) in enumerate(placed_regions(image, asset, self._report)):
            name = identity(asset, self._format_name, repr((number, self._name, found, region)))
            yield Annotation(name, asset.id, name, self._name, Decision.ADDED, found.label, region)

    def _values(
        self, asset: ImageAsset, image: ImportedImage, view: ReaderView
    ) -> Iterator[LabelValue]:
        counting = {value.label: value for value in view.label_values}
        for value in agreeing_values(image, lambda _: self._name, self._report):
            name = identity(asset, self._format_name, repr((self._name, value)))
            before = counting.get(value.label)
            if before is None or before.id == name or is_of_import(before.rater):
                goes_on_from = before.id if before is not None and before.id != name else None
                yield LabelValue(
                    *(name, asset.id, self._name, value.label, value.value),
                    *(value.intensity, value.side),
                    supersedes=goes_on_from,
                )
            elif in_words(before) == in_words(value):
                self._report.notes[_STATED] += 1
            else:
                self._report.faults.append(
                    f"{asset.file_name}: {before.rater} stated {value.label!r} as "
                    f"{in_words(before)}, and the file says {in_words(value)}; "
                    "left out. Change it on the image itself."
                )

    def _record(self, asset: ImageAsset, acts: Sequence[Act], reading: Reading | None) -> None:
        record, report = self._workspace.record, self._report
        signed = reading is not None and (reading.signed_at or reading.round is not Round.FIRST)
        if signed or record.queue.review(asset.id) is Review.REVIEWED:
            whose = "your first reading of it" if signed else "the image"
            raise ProtocolError(
                f"{whose} is signed, and a file opens no signature again. Make the changes on the "
                "image itself, where the protocol allows that."
            )
        if self._isolated:
            reading = record.readings.open(asset.id, self._name)
        reading_id = reading.id if reading is not None else None
        saved = save_acts(self._workspace, [replace(act, reading_id=reading_id) for act in acts])
        report.faults += [f"{asset.file_name}: {one.reason}" for one in saved.refused]
        report.faults += [f"{asset.file_name}: {_TOO_LATE}" for _ in saved.conflicts]
        regions = sum(act.id in saved.recorded for act in acts if isinstance(act, Annotation))
        report.images += bool(saved.recorded)
        report.regions += regions
        report.values += len(saved.recorded) - regions


def _parts(image: ImportedImage) -> Iterator[ImportedRegion | ImportedValue]:
    yield from image.regions
    yield from image.values
