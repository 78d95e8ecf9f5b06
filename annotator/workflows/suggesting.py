"""Compute suggestions for a project's images."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from ..domain import (
    ChosenFace,
    FaceChoice,
    FaceToRead,
    ImageAsset,
    Permission,
    Project,
    SuggestionRun,
)
from ..errors import SuggestError
from ..settings import Settings, engine_named
from .authority import needs
from .blinding import may_see_machine, require_machine
from .networks import load_suggester
from .pictures import shown_from, shown_pixels
from .progress import Progress, silent
from .run_writer import RunWriter
from .suggest_report import SuggestReport
from .workspace import Workspace, pixel_store

if TYPE_CHECKING:
    from ..engines.engine import Engine, Item
    from ..suggest.stages import SuggestionSpec
    from ..suggest.suggester import Suggester

_PAGE = 200
_LOADING = threading.Lock()


def shared_suggester(model: str, settings: Settings) -> Suggester:
    """Return a loaded classifier that all threads of this process share.

    One that was trained again in the same place is loaded again.
    """
    from ..suggest.cards import card_digest

    # Two threads that want it at once would load it twice.
    with _LOADING:
        return _loaded(model, card_digest(model), settings)


@lru_cache(maxsize=4)
def _loaded(model: str, _digest: str, settings: Settings) -> Suggester:
    return load_suggester(model, settings)


def figures_by_label(model: str, settings: Settings) -> dict[str, str]:
    """Return what the card says was measured of single labels, as a line each.

    Cards name such figures by the label: ``AUC, glioma``.

    Raises
    ------
    SuggestError
        If the network cannot be used.
    """
    lines: dict[str, list[str]] = {}
    for figure in shared_suggester(model, settings).card.measured:
        name, _, label = figure.figure.rpartition(", ")
        if name:
            lines.setdefault(label, []).append(f"{name} {figure.value:.2f} (n = {figure.n})")
    return {label: " · ".join(said) for label, said in lines.items()}


@needs(Permission.SEE)
def suggested_otherwise(workspace: Workspace, project_id: uuid.UUID) -> int:
    """Return on how many images the suggestions are of another classifier than the card of now.

    Of another version of it, most likely: the card's figures and limits are not theirs.

    Raises
    ------
    NotFoundError
        If there is no such project.
    SuggestError
        If its card cannot be read.
    """
    from ..suggest.cards import open_card

    require_machine(workspace, project_id)
    project = workspace.record.project(project_id)
    if project.model_name is None:
        return 0
    card = open_card(project.model_name, workspace.settings.weights_folder)
    missing = workspace.record.images_without_run(project.id, card.name, card.weights.sha256)
    return len(missing) - (project.counts.images - project.counts.suggested)


@needs(Permission.SUGGEST)
def suggest_project(
    workspace: Workspace,
    project_name: str,
    *,
    again: bool = False,
    since: datetime | None = None,
    engine: str = "",
    check: bool = True,
    progress: Progress = silent,
) -> SuggestReport:
    """Compute and record suggestions for a project's images; a failing one never stops the rest.

    Parameters
    ----------
    workspace : Workspace
    project_name : str
    again : bool
        Also for images that this model version has suggested for already. Earlier suggestions,
        and what people said of them, stay on record.
    since : datetime, optional
        With `again`: but not for images whose run is not older, so that it can go on.
    engine : str
        ``local``, ``ray`` or ``ray:HOST:PORT``; as the settings say if empty.
    check : bool
        Whether outlines are fitted to edges and suggestions put to the test.
    progress : callable, optional
        Called with the images done and all images to do.

    Raises
    ------
    NotFoundError
        If there is no such project.
    SuggestError
        If the project has no model, or its model cannot be used.
    """
    project = workspace.record.project(project_name)
    if project.model_name is None:
        raise SuggestError(
            f"The project {project.name!r} has no model, so nothing can be suggested; create one "
            "with a model card."
        )
    suggester = shared_suggester(project.model_name, workspace.settings)
    card = suggester.card
    waiting = (
        workspace.record.image_ids(project.id)
        if again and since is None
        else workspace.record.images_without_run(
            project.id, card.name, card.weights.sha256, since=since if again else None
        )
    )
    report = SuggestReport()
    items = _items(workspace, project.model_name, suggester.detector_sha256, waiting)
    with (
        RunWriter(workspace.record, workspace.person.name, report, first_only=not again) as writer,
        closing(
            _engine(
                engine or workspace.settings.engine,
                workspace,
                project.model_name,
                lambda: progress(writer.done, len(waiting)),
            ).run(items, replace(spec_of(project), check=check))
        ) as results,
    ):
        for result in results:
            writer.take(result)
            progress(writer.done, len(waiting))
    if waiting:
        progress(writer.done, len(waiting))
    if not may_see_machine(workspace, project.id):
        return SuggestReport(report.images, blinded=True)
    return report


def _engine(name: str, workspace: Workspace, model: str, pulse: Callable[[], None]) -> Engine:
    from ..engines.local import LocalEngine
    from ..suggest.cards import card_digest

    kind, _, address = engine_named(name).partition(":")
    settings = workspace.settings
    if kind == "local":
        return LocalEngine(shared_suggester(model, settings), partial(shown_pixels, workspace))
    from ..engines.ray import RayEngine

    # Workers see pictures, and neither the record nor its address.
    use_gpus = settings.device not in ("cpu", "mps")
    there = replace(settings, database_url="", device="auto" if use_gpus else "cpu")
    return RayEngine(
        partial(_equipped, model, card_digest(model), there),
        address,
        use_gpus=use_gpus,
        pulse=pulse,
    )


def _equipped(model: str, digest: str, settings: Settings, threads: int) -> Engine:
    """Return what suggests on another machine: the network, and a way to the pictures."""
    from ..engines.local import LocalEngine
    from ..suggest.cards import card_digest

    if card_digest(model) != digest:
        raise SuggestError(
            f"The model card {model}, or its weights, are not the same on each machine; copy them."
        )
    suggester = load_suggester(model, settings)
    return LocalEngine(suggester, partial(shown_from, pixel_store(settings)), threads)


def _items(
    workspace: Workspace, model: str, detector_sha256: str | None, image_ids: Sequence[uuid.UUID]
) -> Iterator[Item]:
    """Yield images with what is known of their faces, read from the record some hundred at once."""
    from ..engines.engine import Item
    from ..suggest.cards import card_digest

    digest = card_digest(model)
    for start in range(0, len(image_ids), _PAGE):
        if card_digest(model) != digest:
            raise SuggestError(
                "The model card, or its weights, were changed while suggestions were computed with "
                "them. What is recorded stays; compute suggestions again to go on."
            )
        assets = workspace.record.images_of(image_ids[start : start + _PAGE])
        faces = faces_to_read(assets, workspace, detector_sha256)
        yield from (Item(asset, faces.get(asset.id)) for asset in assets)


def spec_of(project: Project) -> SuggestionSpec:
    """Return how a project's suggestions are made."""
    from ..suggest.stages import SuggestionSpec

    offered = project.label_set.offered.codes
    geometry, own = project.suggestion_geometry, project.recalibration
    return SuggestionSpec(offered, project.contrast, geometry, recalibration=own)


def run_on_image(
    suggester: Suggester,
    workspace: Workspace,
    project: Project,
    image_id: uuid.UUID,
    face: ChosenFace | None = None,
) -> SuggestionRun:
    """Run a project's classifier on an image, and record nothing.

    Parameters
    ----------
    suggester : Suggester
    workspace : Workspace
    project : Project
    image_id : uuid.UUID
    face : ChosenFace, optional
        The face to read, for face models; as `face_to_read` has it if not given.
    """
    asset = workspace.record.image(image_id)
    to_read: FaceToRead = face
    if face is None:
        to_read = face_to_read(asset, workspace, suggester.detector_sha256)
    pixels = shown_pixels(workspace, asset)
    return suggester.suggest(image_id, pixels, spec_of(project), to_read)


def face_to_read(
    asset: ImageAsset, workspace: Workspace, detector_sha256: str | None
) -> FaceToRead:
    """Return what is settled of an image's faces: `faces_to_read`."""
    return faces_to_read([asset], workspace, detector_sha256).get(asset.id)


def faces_to_read(
    assets: Sequence[ImageAsset], workspace: Workspace, detector_sha256: str | None
) -> dict[uuid.UUID, FaceToRead]:
    """Return what is settled of images' faces: the one that a person chose last stays.

    Else it is that of the person who is followed through the video; else those that the same
    detector found before. Nothing where the model reads no faces.
    """
    if detector_sha256 is None:
        return {}
    ids = [asset.id for asset in assets]
    followed = {
        asset.id: ChosenFace(face.box, FaceChoice.TRACKED)
        for asset in assets
        if (face := asset.followed_face)
    }
    settled = workspace.record.faces_settled(ids, detector_sha256)
    chosen = {one: face for one, face in settled.items() if isinstance(face, ChosenFace)}
    return {**settled, **followed, **chosen}
