"""Explain a classifier's decisions on image files, and write the maps beside one another."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..domain import BoundingBox, Polygon
from ..errors import AnnotatorError, ExportError, SuggestError
from ..ingest import shown_name
from ..suggest.cutting import CutRegion
from ..suggest.overlays import overlay
from ..suggest.suggester import Explained, Reading, Suggester
from .pictures import shown_file

_UNSAFE = re.compile(r"[^\w.-]+")


@dataclass(frozen=True, slots=True)
class ExplainOutcome:
    """What became of one file.

    Attributes
    ----------
    path : Path
    written : tuple of Path
        The files written for it; empty if it failed.
    error : str or None
        Why it could not be explained.
    notices : tuple of str
        Sentences for the reader.
    """

    path: Path
    written: tuple[Path, ...] = ()
    error: str | None = None
    notices: tuple[str, ...] = ()


def explain_files(
    suggester: Suggester,
    paths: Sequence[Path],
    output: Path,
    labels: Sequence[str] = (),
    against: str | None = None,
) -> Iterator[ExplainOutcome]:
    """Explain labels on image files, one file after the other; a bad one never stops the rest.

    For each image and label ``<stem>.<label>.npy`` (float32, H x W of the original image, >= 0,
    with sum 1), ``<stem>.<label>.png`` (the map over the picture), and for each image
    ``<stem>.json``.

    Parameters
    ----------
    suggester : Suggester
    paths : sequence of Path
    output : Path
        Folder to write to; made if need be.
    labels : sequence of str
        Codes or aliases; if empty, those that score high enough to be suggested, or the best.
    against : str, optional
        ``dual``, ``none``, ``rest`` or a rival's code; the card's contrast if not given.

    Yields
    ------
    ExplainOutcome
        One a file, in order.

    Raises
    ------
    SuggestError
        If a label is unknown.
    ExportError
        If the folder cannot be made.
    """
    codes = list(dict.fromkeys(suggester.code(name) for name in labels))
    rival = suggester.rival(against)
    if rival in codes:
        raise SuggestError(f"{rival} cannot be explained against itself; name another rival.")
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(
            f"{output} cannot be a folder ({error.strerror}); name one that exists or can be made."
        ) from error
    taken: dict[str, str] = {}
    for path in paths:
        name = shown_name(path)
        stem = Path(name).stem
        if stem in taken:
            reason = f"{name}: {taken[stem]} has the same stem; explain it into another folder."
            yield ExplainOutcome(path, error=reason)
            continue
        taken[stem] = name
        try:
            yield _explain_file(suggester, path, output, codes, rival)
        except AnnotatorError as error:
            said = str(error)
            yield ExplainOutcome(path, error=said if name in said else f"{name}: {said}")
        except OSError as error:
            reason = f"{name}: its files could not be written ({error.strerror}); make room."
            yield ExplainOutcome(path, error=reason)


def _explain_file(
    suggester: Suggester, path: Path, output: Path, codes: Sequence[str], rival: str | None
) -> ExplainOutcome:
    pixels = shown_file(path)
    reading = suggester.read([pixels])[0]
    if not reading.scores:
        raise SuggestError(" ".join(reading.notices))
    chosen = [c for c in codes or _worthy(suggester, reading) if c != rival]
    explained = suggester.explain(pixels, chosen, rival, reading.face)
    landmarks = suggester.landmarks(pixels, reading.face)
    file_name = shown_name(path)
    stem = Path(file_name).stem
    written: list[Path] = []
    maps: list[dict[str, Any]] = []
    for found in explained:
        regions = suggester.regions(found, landmarks)
        name = f"{stem}.{_UNSAFE.sub('_', found.record.label)}"
        written += [output / f"{name}.npy", output / f"{name}.png"]
        np.save(written[-2], found.values)
        outlines = [region.polygon for region in regions]
        _write_png(written[-1], overlay(pixels, found.values, outlines))
        maps.append(_map_entry(found, regions, outlines))
    height, width = pixels.shape[:2]
    card = suggester.card
    summary: dict[str, Any] = {
        "image": {"file": file_name, "width": width, "height": height},
        "model": {"name": card.name, "version": card.version, "sha256": card.weights.sha256},
        "scores": dict(reading.scores),
        "maps": maps,
        "face": _box_entry(reading.face) if reading.face else None,
        "notices": list(reading.notices),
    }
    # Last and in one step: a summary is there only when all that it speaks of is.
    written.append(output / f"{stem}.json")
    unfinished = output / f".{stem}.json.partial"
    unfinished.write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n", "utf-8")
    unfinished.replace(written[-1])
    return ExplainOutcome(path, tuple(written), notices=reading.notices)


def _worthy(suggester: Suggester, reading: Reading) -> list[str]:
    scores = reading.scores.items()
    worthy = [code for code, score in scores if score >= suggester.least_score(code)]
    return worthy or [max(reading.scores, key=lambda code: reading.scores[code])]


def _map_entry(
    found: Explained, regions: Sequence[CutRegion], outlines: Sequence[Polygon]
) -> dict[str, Any]:
    entries: list[dict[str, Any]] = []
    for cut, polygon in zip(regions, outlines, strict=True):
        for region in (cut.box, polygon):
            points = [list(point) for point in region.outline]
            shape = region.to_json() | _box_entry(region.bounds) | {"points": points}
            entries.append({**shape, "score": cut.strength})
    return {
        "label": found.record.label,
        "against": found.record.against,
        "map_layer": found.record.layer,
        "explained_mass": found.record.explained_mass,
        "regions": entries,
    }


def _box_entry(box: BoundingBox) -> dict[str, float]:
    return {"x": box.x, "y": box.y, "width": box.width, "height": box.height}


def _write_png(path: Path, picture: np.ndarray[Any, np.dtype[np.uint8]]) -> None:
    done, encoded = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    if not done:
        raise ExportError(f"{path.name} could not be encoded as PNG.")
    path.write_bytes(encoded.tobytes())
