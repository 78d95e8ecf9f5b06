"""What an export costs: time and peak memory, beside a plain loop over the same images.

    python tests/benchmarks/export.py 100000 --format coco
    python tests/benchmarks/export.py 1000000 --format parquet

The plain loop writes the same statements with the standard library, one after the other, without
a record of the acts, a manifest, a check or a safe rename: what a script of one's own would do.
Each side runs in a process of its own, on images that are made as they are asked for, as the
record streams them.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from annotator.domain import (
    Annotation,
    BoundingBox,
    Decision,
    ImageAsset,
    ImageRecord,
    Label,
    LabelSet,
)
from annotator.export import Source, export_items

LABELS = LabelSet(tuple(Label("e", code, "") for code in ("happy", "sad", "angry")))
PER_IMAGE = 10
START = datetime(2026, 1, 1, tzinfo=UTC)


def records(regions: int) -> Iterator[ImageRecord]:
    """Yield images with ten boxes each."""
    for number in range(regions // PER_IMAGE):
        image = ImageAsset(
            f"{number}.png", 2000, 1500, f"{number:064x}", "1" * 64, id=uuid.UUID(int=number)
        )
        yield ImageRecord(
            image, tuple(_act(image, number, place) for place in range(PER_IMAGE)), ()
        )


def _act(image: ImageAsset, number: int, place: int) -> Annotation:
    name = uuid.UUID(int=(1 << 64) + number * PER_IMAGE + place)
    box = BoundingBox(place * 90.25, number % 1000 + 0.5, 80.125, 61.0625)
    label = LABELS.codes[place % 3]
    at = START + timedelta(seconds=place)
    return Annotation(name, image.id, name, "R", Decision.ADDED, label, box, created_at=at)


def plain_coco(folder: Path, regions: int) -> None:
    """Write COCO as a script would: lists in memory, one dump."""
    images, annotations = [], []
    for number, record in enumerate(records(regions), start=1):
        image = record.image
        images.append(
            {
                "id": number,
                "file_name": image.file_name,
                "width": image.width,
                "height": image.height,
            }
        )
        for act in record.annotations:
            box = act.region
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": number,
                    "category_id": LABELS.codes.index(act.label) + 1,
                    "bbox": [box.x, box.y, box.width, box.height],
                    "area": box.area_px,
                    "segmentation": [[n for point in box.outline for n in point]],
                    "iscrowd": 0,
                    "annotation_uuid": str(act.id),
                    "rater": act.rater,
                    "decision": act.decision.value,
                    "created_at": act.created_at.isoformat(),
                }
            )
    categories = [{"id": n, "name": code} for n, code in enumerate(LABELS.codes, start=1)]
    with (folder / "annotations.json").open("w") as out:
        whole = {"images": images, "annotations": annotations, "categories": categories}
        json.dump(whole, out)


def plain_table(folder: Path, regions: int) -> None:
    """Write the rows of the two tables as CSV."""
    with (folder / "labels.csv").open("w") as first, (folder / "regions.csv").open("w") as second:
        labels, table = csv.writer(first), csv.writer(second)
        for record in records(regions):
            image = record.image
            for code in LABELS.codes:
                count = sum(act.label == code for act in record.annotations)
                labels.writerow((image.id, image.file_name, image.width, image.height, code, count))
            for act in record.annotations:
                box = act.region
                place = (box.x, box.y, box.width, box.height, box.area_px)
                at = act.created_at.isoformat()
                said = (act.label, act.rater, act.decision.value, "box")
                table.writerow(
                    (image.id, image.file_name, *said, *place, act.id, act.region_id, at)
                )


def measure(side: str, form: str, regions: int) -> dict[str, float]:
    """Run one side here; return its seconds, its processor seconds, its peak memory in MB."""
    with tempfile.TemporaryDirectory() as parent:
        begin, cpu = time.perf_counter(), time.process_time()
        if side == "ours":
            source = Source(records(regions), LABELS, "benchmark")
            export_items(source, Path(parent) / "out", format_name=form)
        elif form == "coco":
            plain_coco(Path(parent), regions)
        else:
            plain_table(Path(parent), regions)
        seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": round(seconds, 2), "cpu_s": round(cpu, 2), "peak_mb": round(peak, 1)}


def main() -> None:
    """Measure both sides in processes of their own and print a line each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("regions", type=int)
    parser.add_argument("--format", choices=("coco", "parquet"), default="coco")
    parser.add_argument("--side", choices=("ours", "plain"))
    options = parser.parse_args()
    if options.side:
        sys.stdout.write(json.dumps(measure(options.side, options.format, options.regions)) + "\n")
        return
    for side in ("plain", "ours"):
        command = [sys.executable, __file__, str(options.regions), "--format", options.format]
        done = subprocess.run(
            [*command, "--side", side], check=True, capture_output=True, text=True
        )
        sys.stdout.write(f"{side} {options.format} {options.regions} {done.stdout}")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
