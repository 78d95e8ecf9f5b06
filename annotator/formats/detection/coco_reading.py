"""COCO JSON (boxes, outlines, masks, keypoints, results, panoptic): coordinates are ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from ...domain import LabelSet, Presence, Region
from ...errors import IngestError, RegionError
from ..import_format import ImportFormat, SizeOf
from ..imported import (
    ENTRY_FAULTS,
    IN_PERCENT,
    ImportedImage,
    ImportedImages,
    ImportedRegion,
    ImportedValue,
    left_out,
    names_before_upload,
    reason,
    scaled_score,
    score_scale,
)
from ..markup.json_reading import read_json
from ..markup.one_file import several_files
from .coco_panoptic_reading import segments_of
from .coco_shapes import attributes_of, is_crowd, outline_of, points_of

_OWN = "annotations.json"
_ROBOFLOW = "*.coco.json"
_BY_SPLIT = ("annotations/instances_*.json", "annotations/panoptic_*.json")
"""COCO's own layout, a file for each split."""
_MARKS = ("pixels_sha256", "source_sha256", "image_uuid", "original_file_name")
"""What our own export says of which image it is."""
_CROWDS = (
    "crowds (iscrowd 1) left out: a group marked as one is no finding. CVAT marks its masks "
    "so in COCO; take over its own XML instead"
)

_Entries = dict[str, list[Mapping[str, Any]]]


def _read(path: Path, labels: LabelSet, size_of: SizeOf) -> ImportedImages:
    del size_of
    for file, beside in _files(path):
        pictures = _pictures(file, path)
        for image in _of_file(file, beside, labels):
            name = (pictures / image.file_name).as_posix() if image.file_name else ""
            yield replace(image, file_name=name)


def _pictures(file: Path, path: Path) -> PurePosixPath:
    """Return the folder of a file's pictures, as far as the file's place says it."""
    if not path.is_dir():
        return PurePosixPath()
    if file.parent.name == "annotations":  # instances_train.json is of the folder train
        return PurePosixPath(file.stem.partition("_")[2])
    return PurePosixPath(file.parent.relative_to(path).as_posix())


def _files(path: Path) -> list[tuple[Path, Path | None]]:
    """Return the files that a person means, each with the one that results were made for."""
    if not path.is_dir():
        return [(path, None)]
    if (path / _OWN).is_file():
        return [(path / _OWN, None)]
    by_split = (sorted(path.glob(pattern)) for pattern in _BY_SPLIT)
    if several := next(filter(None, by_split), None) or sorted(path.rglob(_ROBOFLOW)):
        return [(file, None) for file in several]
    files = sorted(path.rglob("*.json"))
    if len(files) == 1:
        return [(files[0], None)]
    results = [file for file in files if _is_list(file)]
    if len(files) == 2 and len(results) == 1:
        (other,) = set(files) - set(results)
        return [(results[0], other)]
    raise several_files(path, files, ["*.json"])


def _is_list(file: Path) -> bool:
    return isinstance(read_json(file, (dict, list), "COCO"), list)


@dataclass(frozen=True, slots=True)
class _Whole:
    """What is the same for all images of a file."""

    file: Path
    categories: _Entries
    codes: frozenset[str]
    machine: bool
    """Whether all of it is what a machine found: results."""
    scale: int
    """What its scores are parts of."""

    def category(self, annotation: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the category of an annotation, whose name is a label."""
        number = _number(annotation["category_id"])
        own = self.categories.get(number, [])
        names = {str(category["name"]).strip() for category in own}
        if len(names) != 1:
            how_many = "several categories have" if names else "no category of the file has"
            raise IngestError(f"{how_many} its category_id {number}.")
        return {**own[0], "name": names.pop()}


def _of_file(file: Path, beside: Path | None, labels: LabelSet) -> ImportedImages:
    whole = read_json(file, (dict, list), "COCO")
    machine = isinstance(whole, list)
    if machine:
        whole = {**_described(file, beside), "annotations": whole}
    lists = [whole.get(name, []) for name in ("categories", "images", "annotations")]
    if not {"categories", "images"} <= whole.keys() or not all(
        isinstance(entries, list) for entries in lists
    ):
        raise IngestError(f"{file.name} is not COCO: it lacks categories, images or annotations.")
    faults: list[str] = []
    categories, images, annotations = (
        _by_key(entries, key, what, faults)
        for entries, key, what in zip(
            lists, ("id", "id", "image_id"), ("category", "image", "annotation"), strict=True
        )
    )
    faults += _unjoined(file, images, annotations)
    if faults:
        yield ImportedImage("", faults=tuple(sorted(faults)))
    scale = score_scale(one.get("score") for own in annotations.values() for one in own)
    about = _Whole(file, categories, frozenset(labels.codes), machine, scale)
    called: dict[Any, list[ImportedImage]] = {}
    for number, own in images.items():
        if len(own) == 1:
            try:
                image = _image(own[0], annotations.get(number, []), about)
                called.setdefault((image.file_name, image.frame, image.marks), []).append(image)
            except ENTRY_FAULTS as error:
                fault = f"The image of id {number} is left out: {reason(error)}"
                called[number] = [ImportedImage("", faults=(fault,))]
    yield from (_one_of(file, same) for same in called.values())


def _one_of(file: Path, same: list[ImportedImage]) -> ImportedImage:
    """Return what the images of one name say, if it is the same; else a fault."""
    if all(image == same[0] for image in same):
        return same[0]
    fault = (
        f"{len(same)} images of {file.name} are called {same[0].file_name} and say different "
        "things: they and their annotations are left out; write the folders before their names."
    )
    return ImportedImage("", faults=(fault,))


def _described(file: Path, beside: Path | None) -> Mapping[str, Any]:
    """Return the images and categories that results number, from the file beside them."""
    others = [beside] if beside else sorted(set(file.parent.glob("*.json")) - {file})
    for other in others:
        whole = read_json(other, (dict, list), "COCO")
        if isinstance(whole, dict) and {"categories", "images"} <= whole.keys():
            named = [whole]
            break
    else:
        raise IngestError(
            f"{file.name} is a list of results, which has numbers for images and categories; put "
            "the COCO file that names them into its folder, alone."
        )
    return named[0]


def _unjoined(file: Path, images: _Entries, annotations: _Entries) -> Iterator[str]:
    """Yield a fault for images of one id, and for annotations of none."""
    for number, own in images.items():
        if len(own) > 1:
            yield (
                f"{len(own)} images of {file.name} have the id {number}: they and their "
                "annotations are left out; number them apart."
            )
    for number, own in annotations.items():
        if number not in images:
            yield (
                f"Annotations of image_id {number} are left out ({len(own)}): no image of "
                f"{file.name} has that id."
            )


def _by_key(entries: list[Any], key: str, what: str, faults: list[str]) -> _Entries:
    """Return entries by a number of them, which is the same as text."""
    grouped: _Entries = {}
    for entry in entries:
        number = entry.get(key) if isinstance(entry, Mapping) else None
        if isinstance(number, bool) or not isinstance(number, int | float | str):
            faults.append(f"An entry is left out: it is no {what} with a number in {key!r}.")
        else:
            grouped.setdefault(_number(number), []).append(entry)
    return grouped


def _number(number: float | str) -> str:
    whole = isinstance(number, float) and number.is_integer()
    return str(int(number) if whole else number).strip()


def _image(
    image: Mapping[str, Any], annotations: list[Mapping[str, Any]], about: _Whole
) -> ImportedImage:
    regions: list[ImportedRegion] = []
    faults: list[str] = []
    notes: list[str] = []
    blank = ImportedImage(image.get("file_name", ""), image.get("width"), image.get("height"))
    size: list[Any] = [blank.width, blank.height]
    for annotation in annotations:
        number = annotation.get("id")
        what = "An annotation" if number is None else f"Annotation {number}"
        try:
            if is_crowd(annotation):
                notes.append(_CROWDS)
            elif "segments_info" in annotation:
                for segment, mask in segments_of(annotation, about.file, size, faults):
                    if is_crowd(segment):
                        notes.append(_CROWDS)
                    else:
                        regions.append(_segment(segment, mask, about))
            else:
                regions += _regions(annotation, about, size, notes)
        except ENTRY_FAULTS as error:
            faults.append(f"{what} is left out: {reason(error)}")
    frame = image.get("frame")
    return replace(
        blank,
        width=size[0],
        height=size[1],
        regions=tuple(regions),
        values=tuple(_values(image, faults)),
        faults=tuple(faults),
        notes=tuple(notes),
        marks=(
            *(image[key] for key in _MARKS if isinstance(image.get(key), str)),
            *names_before_upload(blank.file_name),
        ),
        # In others' files the word may mean anything.
        frame=frame if type(frame) is int and "image_uuid" in image else None,
    )


def _segment(segment: Mapping[str, Any], mask: Region, about: _Whole) -> ImportedRegion:
    label, rater = about.category(segment)["name"], str(segment.get("rater", ""))
    score = segment.get("score")
    machine = segment.get("decision") == "suggested" or score is not None
    return ImportedRegion(label, mask, rater, score, machine)


def _regions(
    annotation: Mapping[str, Any], about: _Whole, size: list[Any], notes: list[str]
) -> list[ImportedRegion]:
    """Return what an annotation outlines, and its points."""
    category = about.category(annotation)
    label, score = category["name"], annotation.get("score")
    places: list[tuple[str, Region]] = []
    outline = outline_of(annotation, size, notes)
    if outline is not None:
        places.append((label, outline))
    places += points_of(annotation, label, category.get("keypoints") or (), about.codes, notes)
    if not places:
        raise RegionError("it outlines nothing.")
    notes += left_out(attributes_of(annotation))
    if score is not None and about.scale != 1:
        notes.append(IN_PERCENT)
    suggested = annotation.get("decision") == "suggested" or score is not None or about.machine
    rater, score = str(annotation.get("rater", "")), scaled_score(score, about.scale)
    return [ImportedRegion(one, place, rater, score, suggested) for one, place in places]


def _values(image: Mapping[str, Any], faults: list[str]) -> Iterator[ImportedValue]:
    """Read what our own export adds of labels on the whole image."""
    for stated in image.get("label_values") or ():
        try:
            yield ImportedValue(
                stated["label"],
                Presence(stated["value"]),
                stated["rater"],
                stated["intensity"],
                stated["side"],
            )
        except ENTRY_FAULTS as error:
            faults.append(f"A value of a label is left out: {reason(error)}")


COCO = ImportFormat("coco", "COCO (JSON): annotations, keypoints, results, panoptic", _read)
