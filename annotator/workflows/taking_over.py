"""Take over what other tools' files say: as suggestions to look at, or as imported annotations."""

from __future__ import annotations

import hashlib
import importlib.metadata
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..domain import (
    Act,
    Annotation,
    BoundingBox,
    Conflict,
    Decision,
    ImageAsset,
    LabelValue,
    Permission,
    Presence,
    Project,
    Provenance,
    Region,
    Suggestion,
    SuggestionRun,
)
from ..domain.sign_in import IMPORTED_BY
from ..errors import AnnotatorError, ConflictError, SettingsError, UnavailableError
from ..formats import ImportedImage, ImportedRegion, ImportedValue, import_format, import_formats
from ..ingest import Pseudonyms
from ..settings import APPLICATION
from .authority import needs, require_place
from .finding_images import ImageFinder
from .fitting_findings import LabelNames, agreeing_values, allowed_values, fitted, in_words
from .matching_images import match_images
from .original_names import KeptEndings, OriginalNames
from .own_data_sets import OwnDataSet
from .placing_planes import on_slices
from .placing_volumes import in_slices
from .progress import Progress, silent
from .project_keys import project_key
from .take_over_report import TakeOverReport
from .workspace import Workspace

_Regions = list[tuple[Region, ImportedRegion]]
"""Each where it lies on the image, and as the file has it."""
_Values = list[ImportedValue]

_SAYS_NOTHING = "values left out: neither present nor with a score, so nothing to suggest"
_HIGHEST = "scores left out: of several for one label on an image the highest counts"
_PROPOSED = "findings that a machine proposed recorded as suggestions, not as the reference"


def list_import_formats() -> dict[str, str]:
    """Return the formats that can be taken over, name to title."""
    return {name: form.title for name, form in import_formats().items()}


@needs(Permission.ADD_IMAGES)
def take_over(
    workspace: Workspace,
    project_name: str,
    path: Path,
    *,
    format_name: str,
    reference_of: str | None = None,
    originals: Sequence[Path] = (),
    actor: str | None = None,
    progress: Progress = silent,
) -> TakeOverReport:
    """Record what a file says of the images of a project.

    Images are found by their content or identity where the file says it, else by file name: see
    `match_images`. Regions keep who stated them only where they become a
    reference. Taking the same file over twice records it once.

    Parameters
    ----------
    workspace : Workspace
    project_name : str
        With its images imported.
    path : Path
        The file, or its folder.
    format_name : str
        Of `list_import_formats`.
    reference_of : str, optional
        Whose work the file says it is, as text: it is recorded as imported by `actor`, and is
        nobody's own word, whatever accounts there are. None records suggestions instead. Where
        the file itself names who stated a region, that name is kept too: ``imported by ACTOR
        (NAME: RATER)``.
    originals : sequence of Path
        Files and folders that were imported, where the record does not know by which paths; they
        are compared in memory, see `OriginalNames`.
    actor : str, optional
        Who takes the file over, for the log; the person of the workspace if not given.
    progress : callable, optional
        Called with the images done and all images.

    Raises
    ------
    NotFoundError
        If there is no such project.
    IngestError
        If the format is unknown or the whole file cannot be read; nothing was recorded of it
        that is not counted.
    """
    project = workspace.record.project(project_name)
    report = TakeOverReport()
    form = import_format(format_name)
    target = _Target(workspace, project, form.name, reference_of, actor or workspace.person.name)
    matched = list(on_images(workspace, project, path, format_name, originals, report))
    for done, (asset, image) in enumerate(matched, start=1):
        try:
            target.take(asset, image, report)
        except UnavailableError:
            raise  # no fault of this image's: the next would fare alike
        except AnnotatorError as error:
            report.faults.append(f"{asset.file_name} is left out: {error}")
        progress(done, len(matched))
    as_what = "suggestions" if reference_of is None else "imported annotations"
    note_taken_over(workspace, project, form.name, as_what, target.actor, report)
    return report


def on_images(
    workspace: Workspace,
    project: Project,
    path: Path,
    format_name: str,
    originals: Sequence[Path],
    report: TakeOverReport,
) -> Iterator[tuple[ImageAsset, ImportedImage]]:
    """Yield what a file says of each image of a project, by the project's codes.

    Parameters and errors are those of `take_over`; what is left out stands in the report.
    """
    require_place(workspace, path, *originals, within=workspace.settings.upload_folder)
    form = import_format(format_name)
    assets = workspace.record.images(project.id)
    pseudonyms = Pseudonyms(lambda: project_key(workspace.settings, project.id, make=False))
    kept = KeptEndings(_kept_endings(workspace, project.id, pseudonyms, report), pseudonyms)
    finder = ImageFinder(assets, OriginalNames(originals), kept, OwnDataSet(path))

    def face_read(asset: ImageAsset) -> BoundingBox | None:
        if asset.followed_face is not None:
            return asset.followed_face.box
        run = workspace.record.latest_run(asset.id, maps=False)
        return run.face if run is not None else None

    entries = form.read(path, project.label_set, finder.size)
    entries = on_slices(entries, assets, finder, pseudonyms.of, report)
    images = in_slices(entries, assets, finder, report)
    matched = list(match_images(images, finder, face_read, report))
    names = LabelNames(project.label_set, (image for _, image in matched))
    for asset, image in matched:
        report.notes.update(image.notes)
        named = names.named(image, report)
        yield asset, replace(named, values=tuple(allowed_values(named, report)))


def placed_regions(
    image: ImportedImage, asset: ImageAsset, report: TakeOverReport
) -> list[tuple[Region, ImportedRegion]]:
    """Return the regions of an entry, each where it lies on the image and as the file has it."""
    return [
        (part, imported) for imported in image.regions for part in fitted(imported, asset, report)
    ]


def note_taken_over(
    workspace: Workspace,
    project: Project,
    format_name: str,
    as_what: str,
    actor: str,
    report: TakeOverReport,
) -> None:
    """Record in the project's chain that somebody took a file over, and what came of it."""
    about = {
        "format": format_name,
        "as": as_what,
        **{key: getattr(report, key) for key in ("images", "regions", "values", "known")},
    }
    workspace.record.safekeeping.note_event(
        "file taken over", actor, about=about, project_id=project.id
    )


def _kept_endings(
    workspace: Workspace, project_id: uuid.UUID, pseudonyms: Pseudonyms, report: TakeOverReport
) -> Mapping[str, Collection[uuid.UUID]]:
    """Return by which paths the project's images are known; none where their key is gone."""
    images = workspace.record.kept_endings(project_id)
    if images:
        try:
            pseudonyms.digest("ending")
        except SettingsError as error:
            report.faults.append(f"Folders in the file's names are not compared: {error}")
            return {}
    return images


@dataclass(frozen=True, slots=True)
class _Target:
    """Where imported images go."""

    workspace: Workspace
    project: Project
    format_name: str
    reference_of: str | None
    actor: str

    def take(self, asset: ImageAsset, image: ImportedImage, report: TakeOverReport) -> None:
        """Record one image."""
        values = list(image.values)
        regions = placed_regions(image, asset, report)
        if self.reference_of is None:
            report.images += self._suggest(asset, regions, values, report)
            return
        # What a machine proposed is nobody's reference, whoever's file it stands in.
        proposed = [(region, found) for region, found in regions if found.suggested]
        stated = [(region, found) for region, found in regions if not found.suggested]
        machines = [value for value in values if value.suggested]
        people = replace(image, values=tuple(value for value in values if not value.suggested))
        own = list(agreeing_values(people, lambda value: self._rater(value.rater), report))
        report.notes[_PROPOSED] += len(proposed) + sum(map(_proposes, machines))
        recorded = self._suggest(asset, proposed, machines, report)
        report.images += self._state(asset, stated, own, report) or recorded

    def _suggest(
        self, asset: ImageAsset, regions: _Regions, values: _Values, report: TakeOverReport
    ) -> bool:
        scores: dict[str, float] = {}
        for value in filter(_proposes, values):
            score = 1.0 if value.score is None else value.score
            report.notes[_HIGHEST] += scores.get(value.label, score) != score
            scores[value.label] = max(score, scores.get(value.label, score))
        report.notes[_SAYS_NOTHING] += len(values) - sum(map(_proposes, values))
        if not regions and not scores:
            return False
        run_id = identity(asset, self.format_name, repr((regions, sorted(scores.items()))))
        latest = self.workspace.record.latest_run(asset.id, maps=False)
        if latest is not None and latest.id == run_id:
            report.known += 1
            return False
        suggestions = tuple(
            Suggestion(
                found.label,
                region,
                found.score,
                0.0,
                "none",
                0.0,
                id=identity(asset, str(run_id), str(number)),
            )
            for number, (region, found) in enumerate(regions)
        )
        run = SuggestionRun(asset.id, self._provenance(), scores, suggestions, id=run_id)
        self.workspace.record.record_run(run, actor=self.actor)
        report.regions += len(suggestions)
        report.values += len(scores)
        return True

    def _state(
        self, asset: ImageAsset, regions: _Regions, values: _Values, report: TakeOverReport
    ) -> bool:
        if not regions and not values:
            return False
        acts: list[Act] = []
        for number, (region, found) in enumerate(regions):
            rater = self._rater(found.rater)
            name = identity(asset, self.format_name, repr((number, rater, found.label, region)))
            acts.append(
                Annotation(name, asset.id, name, rater, Decision.ADDED, found.label, region)
            )
        acts += [
            LabelValue(
                identity(asset, self.format_name, repr((self._rater(value.rater), value))),
                asset.id,
                self._rater(value.rater),
                value.label,
                value.value,
                value.intensity,
                value.side,
            )
            for value in values
        ]
        acts = self._recorded(asset, acts, report)
        count = sum(isinstance(act, Annotation) for act in acts)
        report.regions += count
        report.values += len(acts) - count
        return bool(acts)

    def _recorded(self, asset: ImageAsset, acts: list[Act], report: TakeOverReport) -> list[Act]:
        """Record what is not against what was taken over before; return what is on record."""
        record = self.workspace.record
        earlier, faults = set[uuid.UUID](), len(report.faults)
        for rater in {act.rater for act in acts}:
            earlier |= record.recorded_by(rater, [act.id for act in acts])
        try:
            record.import_acts(acts, actor=self.actor)
        except ConflictError as error:
            report.faults += [one for each in error.conflicts for one in _against(asset, each)]
            late = {conflict.sent.id for conflict in error.conflicts}
            acts = [act for act in acts if act.id not in late]
            record.import_acts(acts, actor=self.actor)
        is_new = len(report.faults) > faults or any(act.id not in earlier for act in acts)
        report.known += not is_new
        return acts

    def _rater(self, name: str) -> str:
        source = f"{self.reference_of}: {name}" if name else str(self.reference_of)
        return f"{IMPORTED_BY}{self.actor} ({source})"

    def _provenance(self) -> Provenance:
        return Provenance(
            model_name=f"imported: {self.format_name}",
            model_version="",
            model_sha256="0" * 64,
            method="import",
            parameters={"format": self.format_name},
            code_version=importlib.metadata.version(APPLICATION),
        )


def _proposes(value: ImportedValue) -> bool:
    return value.score is not None or value.value is Presence.PRESENT


def _against(asset: ImageAsset, conflict: Conflict) -> Iterator[str]:
    """Yield a fault, where a file says something else than the one taken over before it."""
    sent, before = conflict.sent, conflict.current
    if not (isinstance(sent, LabelValue) and isinstance(before, LabelValue)):
        yield f"{asset.file_name}: a region taken over before was changed since; it stays changed."
    elif in_words(sent) != in_words(before):
        yield (
            f"{asset.file_name}: {sent.label!r} of {sent.rater} is {in_words(before)} in what was "
            f"taken over before, and {in_words(sent)} in this file; left out. Give the file "
            "another source, or change the value on the image itself."
        )


def identity(asset: ImageAsset, *parts: str) -> uuid.UUID:
    """Return an id that the same file gives again."""
    digest = hashlib.sha256(":".join((str(asset.id), *parts)).encode()).digest()
    return uuid.UUID(bytes=digest[:16], version=4)
