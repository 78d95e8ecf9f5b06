"""By which paths a project's images may be named: kept at import, as keyed hashes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ..domain import ImageAsset
from ..ingest import IngestOutcome, Pseudonyms
from ..ingest.path_endings import endings_of
from ..record.images import ENDINGS, FOUND_AGAIN
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
        kept = {ENDINGS: endings_of(path, self._pseudonyms)}
        return [replace(asset, display=dict(asset.display or {}) | kept) for asset in assets]

    def add(self, image_ids: Sequence[uuid.UUID], path: Path, actor: str) -> None:
        """Keep where else a file lies whose images are in the record: labels may name it there.

        So do those of projects from before this was kept, when they are imported again.
        """
        if self._kept is None:
            self._kept = self._record.kept_endings(self._project_id)
        endings = endings_of(path, self._pseudonyms)
        if image_ids and not self._kept.get(endings[-1], set()).issuperset(image_ids):
            self._record.safekeeping.note_event(
                FOUND_AGAIN,
                actor,
                about={ENDINGS: endings, "images": list(map(str, image_ids))},
                project_id=self._project_id,
                image_id=image_ids[0],
            )

    def add_file(self, outcome: IngestOutcome, actor: str) -> None:
        """Keep where else a file lies that was taken in before."""
        self.add(self._of_files.get(outcome.source_sha256, ()), outcome.path, actor)
