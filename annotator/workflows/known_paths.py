"""By which paths a project's images may be named: kept at import, as keyed hashes."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ..domain import ImageAsset
from ..domain.images import ENDINGS
from ..ingest import IngestOutcome, Pseudonyms
from ..ingest.path_endings import endings_of
from ..record.images import FOUND_AGAIN
from .workspace import Workspace


class KnownPaths:
    """Where the images of a project were found, as keyed hashes of the endings of paths.

    Parameters
    ----------
    workspace : Workspace
    project_id : uuid.UUID
    of_files : mapping of str to sequence of UUID
        Its images, by the SHA-256 of their files.
    pseudonyms : Pseudonyms
        Of the project.
    """

    def __init__(
        self,
        workspace: Workspace,
        project_id: uuid.UUID,
        of_files: Mapping[str, Sequence[uuid.UUID]],
        pseudonyms: Pseudonyms,
    ) -> None:
        self._record, self._project_id = workspace.record, project_id
        self._of_files, self._pseudonyms = of_files, pseudonyms
        self._kept: Mapping[str, set[uuid.UUID]] | None = None

    def of(self, assets: Sequence[ImageAsset], path: Path) -> list[ImageAsset]:
        """Return the images of a file as they are to be recorded, with where it lies."""
        kept = {ENDINGS: [*other_names(assets), *endings_of(path, self._pseudonyms)]}
        return [replace(asset, display=dict(asset.display or {}) | kept) for asset in assets]

    def add(
        self, image_ids: Sequence[uuid.UUID], path: Path, actor: str, named: Sequence[str] = ()
    ) -> None:
        """Keep where else a file lies whose images are in the record: labels may name it there.

        So do those of projects from before this was kept, when they are imported again.
        """
        if self._kept is None:
            self._kept = self._record.kept_endings(self._project_id)
        endings = [*named, *endings_of(path, self._pseudonyms)]
        if image_ids and not all(self._knows(one, image_ids) for one in (endings[0], endings[-1])):
            self._record.safekeeping.note_event(
                FOUND_AGAIN,
                actor,
                about={ENDINGS: endings, "images": list(map(str, image_ids))},
                project_id=self._project_id,
                image_id=image_ids[0],
            )

    def _knows(self, ending: str, image_ids: Sequence[uuid.UUID]) -> bool:
        return (self._kept or {}).get(ending, set()).issuperset(image_ids)

    def add_file(self, outcome: IngestOutcome, actor: str) -> None:
        """Keep where else a file lies that was taken in before."""
        self.add(self._of_files.get(outcome.source_sha256, ()), outcome.path, actor)


def other_names(assets: Iterable[ImageAsset]) -> list[str]:
    """Return, as keyed hashes, what the file of pictures is called but by its path."""
    return list(next(((asset.display or {}).get(ENDINGS, ()) for asset in assets), ()))
