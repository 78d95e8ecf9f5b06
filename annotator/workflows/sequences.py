"""The sequences of a project: what belongs together along an axis, and what ails it."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from ..domain import ImageAsset, Permission
from ..domain.sequences import Sequence, sequence_place, splits
from .authority import needs
from .blinding import require_unblinded
from .workspace import Workspace


@needs(Permission.SEE)
def list_sequences(workspace: Workspace, project_name: str) -> list[dict[str, Any]]:
    """Return a project's series, volumes and clips, JSON-ready; see docs/sequences.md.

    Images that stand by themselves are in none.

    Raises
    ------
    NotFoundError
        If there is no such project.
    ProtocolError
        If somebody still has images to read by themselves in it.
    """
    project = workspace.record.project(project_name)
    require_unblinded(workspace, project.id)
    return [_to_json(sequence) for sequence in workspace.record.sequences(project.id)]


def _to_json(sequence: Sequence) -> dict[str, Any]:
    return {
        "id": str(sequence.id),
        "kind": sequence.kind.value,
        "name": sequence.name,
        "axis": sequence.axis.value,
        "frames": [
            {
                "number": number,
                "place": frame.place,
                "file_name": frame.image.file_name,
                "source_sha256": frame.image.source_sha256,
                "image_uuid": str(frame.image.id),
            }
            for number, frame in enumerate(sequence.frames, start=1)
        ],
        "spacing_mm": list(sequence.spacing_mm),
        "orientation": [x for direction in sequence.orientation or () for x in direction] or None,
    }


class TakenSequences:
    """The sequences that an import adds to: of each stack one image, by what it came from."""

    def __init__(self, project_id: uuid.UUID) -> None:
        self._project_id = project_id
        self._images: defaultdict[str, dict[uuid.UUID, uuid.UUID]] = defaultdict(dict)

    def add(self, images: Iterable[ImageAsset]) -> None:
        """Take note of images that are in the record now."""
        for image in images:
            place = sequence_place(image)
            if place is not None:
                came_from = str(place.stack.get("series", image.source_sha256))
                self._images[came_from][place.stack_id(self._project_id)] = image.id

    def notes(self, workspace: Workspace) -> Iterator[tuple[str, str]]:
        """Yield what is to be said of them: a name, and a sentence."""
        for of_stacks in self._images.values():  # one series or file in memory at a time
            sequences = workspace.record.sequences(self._project_id, of_stacks.values())
            yield from splits(sequences)
            for sequence in sequences:
                for sentence in sequence.irregularities():
                    yield sequence.name, sentence
