"""The same data sets by a plain loop: `sqlite3`, `json` and `csv` of the standard library.

What a script of one's own would be: it reads the rows, keeps the act that counts of each region,
and writes what `annotator export` writes, value for value (the benchmark compares them), but
nothing is checked, summed up or moved into place.
"""

from __future__ import annotations

import csv
import json
import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Row = sqlite3.Row
PROTOCOL = {
    "mode": "suggestions-first",
    "arms": [],
    "seed": "",
    "readers": 1,
    "assignment": "open",
    "adjudication": "none",
    "order": "as imported",
    "decide_all": False,
    "masks_may_overlap": True,
}


def images(database: Path) -> Iterator[tuple[Row, list[Row]]]:
    """Yield each image with the acts that count on it."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    acts = connection.cursor()
    for image in connection.execute("SELECT * FROM images ORDER BY position"):
        found = acts.execute(
            "SELECT annotations.*, raters.name FROM annotations"
            " JOIN raters ON raters.id = rater_id WHERE image_id = ? ORDER BY sequence",
            (image["id"],),
        )
        latest = {act["region_id"]: act for act in found}
        yield image, list(latest.values())


def text_of(name: str | None) -> str | None:
    """Return an identity as people write it."""
    return str(uuid.UUID(name)) if name else None


def time_of(act: Row) -> str:
    """Return when an act was recorded, in ISO 8601."""
    moment = act["created_at"].replace(" ", "T")
    return moment.removesuffix(".000000") + "+00:00"


def codes(database: Path) -> list[str]:
    """Return the labels in order."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    found = connection.execute("SELECT code FROM project_labels ORDER BY position")
    return [code for (code,) in found]


def decision_line(number: int, image: Row, acts: list[Row]) -> str:
    """Return the line of ``decisions.jsonl``."""
    said = {
        "number": number,
        "file_name": image["file_name"],
        "review": "in progress",
        "split": "",
        "undecided": [],
        "image_uuid": text_of(image["id"]),
        "original_file_name": image["file_name"],
        "width": image["width"],
        "height": image["height"],
        "pixels_sha256": image["pixels_sha256"],
        "source_sha256": image["source_sha256"],
        "modality": image["modality"],
        "bits": image["bits"],
        "channels": image["channels"],
        "subject": None,
        "frame": image["frame"],
        "display": None,
        "window": None,
        "acts": [
            {
                "annotation_uuid": text_of(act["id"]),
                "region_uuid": text_of(act["region_id"]),
                "rater": act["name"],
                "decision": act["decision"],
                "label": act["label"],
                "region": json.loads(act["region"]),
                "derived_from": text_of(act["derived_from"]),
                "supersedes": text_of(act["supersedes"]),
                "reading": text_of(act["reading_id"]),
                "created_at": time_of(act),
            }
            for act in acts
        ],
        "earlier_acts": [],
        "label_values": [],
        "readings": [],
        "remarks": [],
        "protocol": PROTOCOL,
        "runs": [],
    }
    return json.dumps(said, separators=(",", ":"))


def write_decisions(database: Path, folder: Path) -> None:
    """Write what is recorded of each image, a line each."""
    with (folder / "decisions.jsonl").open("w") as out:
        for number, (image, acts) in enumerate(images(database), start=1):
            out.write(decision_line(number, image, acts) + "\n")


def write_coco(database: Path, folder: Path) -> None:
    """Write COCO: lists in memory, one dump."""
    pictures: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    labels = codes(database)
    for number, (image, acts) in enumerate(images(database), start=1):
        pictures.append(
            {
                "id": number,
                "file_name": image["file_name"],
                "width": image["width"],
                "height": image["height"],
                "original_file_name": image["file_name"],
                "image_uuid": text_of(image["id"]),
                "pixels_sha256": image["pixels_sha256"],
                "modality": image["modality"],
                "review": "in progress",
                "raters": sorted({act["name"] for act in acts}),
                "label_values": [
                    {
                        "label": code,
                        "value": "present",
                        "rater": acts[0]["name"],
                        "round": "first",
                        "intensity": None,
                        "side": None,
                    }
                    for code in sorted({act["label"] for act in acts})
                ],
            }
        )
        for act in acts:
            box = json.loads(act["region"])
            x, y, width, height = box["x"], box["y"], box["width"], box["height"]
            right, bottom = x + width, y + height
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": number,
                    "category_id": labels.index(act["label"]) + 1,
                    "bbox": [x, y, width, height],
                    "area": width * height,
                    "segmentation": [[x, y, right, y, right, bottom, x, bottom]],
                    "iscrowd": 0,
                    "annotation_uuid": text_of(act["id"]),
                    "region_uuid": text_of(act["region_id"]),
                    "region_type": box["type"],
                    "rater": act["name"],
                    "decision": act["decision"],
                    "round": "first",
                    "created_at": time_of(act),
                }
            )
    categories = [
        {"id": number, "name": code, "supercategory": "project", "meaning": code}
        for number, code in enumerate(labels, start=1)
    ]
    whole = {
        "info": {"description": "benchmark", "version": "1.0"},
        "licenses": [],
        "categories": categories,
        "images": pictures,
        "annotations": annotations,
    }
    with (folder / "annotations.json").open("w") as out:
        json.dump(whole, out)


def write_tables(database: Path, folder: Path) -> None:
    """Write the rows of both tables as CSV: the standard library has no Parquet."""
    labels = codes(database)
    with (folder / "labels.csv").open("w") as first, (folder / "regions.csv").open("w") as second:
        by_label, by_region = csv.writer(first), csv.writer(second)
        for image, acts in images(database):
            head = (text_of(image["id"]), image["file_name"], "", "", "in progress")
            size = (image["file_name"], image["width"], image["height"], image["modality"])
            rater = acts[0]["name"]
            for code in labels:
                count = sum(act["label"] == code for act in acts)
                value = ("present", "region") if count else ("not_assessed", "none")
                by_label.writerow((*head, *size, code, rater, "first", *value, "", "", count, None))
            for act in acts:
                box = json.loads(act["region"])
                said = (act["label"], act["name"], "first", act["decision"], box["type"])
                place = (box["x"], box["y"], box["width"], box["height"])
                area = box["width"] * box["height"]
                names = (text_of(act["id"]), text_of(act["region_id"]), "")
                rest = ("", *names, "", None, time_of(act))
                by_region.writerow((*head, *said, *place, area, *rest))
