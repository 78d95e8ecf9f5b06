"""What an export costs: time and peak memory, beside a plain loop over the same rows.

    python tests/benchmarks/export.py 100000 --rounds 3
    python tests/benchmarks/export.py 1000000 --format parquet
    python tests/benchmarks/export.py 5000 --format dicom-sr

Both read one SQLite record that is made first, and write the same values (compared for up to
50,000 regions). `plain` writes all files of the data set but the manifest and what is made of it;
`plain-bare` leaves `decisions.jsonl` out. Each side runs in a process of its own, by turns, so that
other work on the machine meets all of them. Seconds are those after the imports.

Of `dicom-sr` there is no plain loop: milliseconds of the processor an image are told, of which
a grey picture of 1024 x 1024 px is written as a Secondary Capture, and a report of ten regions and
three values written and read back.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any

import export_plain
import numpy as np
from PIL import Image

from annotator.export import EVERYTHING, Source, dataset, export_items
from annotator.record.progress import rebuild
from annotator.settings import Settings
from annotator.workflows.exporting import export_project
from annotator.workflows.projects import create_project
from annotator.workflows.workspace import Workspace
from db.engine import Database

CODES = ("happy", "sad", "angry")
PER_IMAGE = 10
COMPARED = 50_000
REPORTED = (1024, 1024)
SIDES = ("plain-bare", "plain", "ours")
MOMENT = "2026-01-01 00:00:{:02d}.{:06d}"


def make_record(home: Path, regions: int, size: tuple[int, int] = (2000, 1500)) -> None:
    """Make a project with ten boxes an image, by the rows themselves: acts would take hours."""
    settings = Settings.from_environment({"ANNOTATOR_HOME": str(home)})
    with Workspace.open(settings, upgrade=True) as workspace:
        project = create_project(workspace, "benchmark", labels=CODES)
    with sqlite3.connect(home / "annotator.db") as database:
        rater = uuid.uuid4().hex
        database.execute(
            "INSERT INTO raters VALUES (?, ?, ?)", (rater, "Dr. Öz", MOMENT.format(0, 0))
        )
        for table, rows in (
            ("images", _images(project.id.hex, regions, *size)),
            ("annotations", _acts(rater, regions)),
        ):
            first = next(rows)
            into = f"INSERT INTO {table} ({', '.join(first)}) VALUES "  # noqa: S608 - names above
            into += f"({', '.join('?' * len(first))})"
            database.execute(into, tuple(first.values()))
            database.executemany(into, (tuple(row.values()) for row in rows))
    with closing(Database(settings.database_url, heads_folder=home)) as database:
        database.write(rebuild)  # what lists the images follows from the rows


def _images(project: str, regions: int, width: int, height: int) -> Iterator[dict[str, Any]]:
    for number in range(regions // PER_IMAGE):
        yield {
            "id": uuid.UUID(int=number).hex,
            "project_id": project,
            "position": number,
            "file_name": f"{number}.png",
            "width": width,
            "height": height,
            "pixels_sha256": f"{number:064x}",
            "source_sha256": "1" * 64,
            "modality": "photograph",
            "bits": 8,
            "channels": 3,
            "created_at": MOMENT.format(0, 0),
        }


def _acts(rater: str, regions: int) -> Iterator[dict[str, Any]]:
    for number in range(regions // PER_IMAGE * PER_IMAGE):
        image, place = divmod(number, PER_IMAGE)
        name = uuid.UUID(int=(1 << 64) + number).hex
        box = {"x": place * 90.25, "y": image % 1000 + 0.5, "width": 80.125, "height": 61.0625}
        yield {
            "id": name,
            "image_id": uuid.UUID(int=image).hex,
            "region_id": name,
            "rater_id": rater,
            "decision": "added",
            "label": CODES[place % 3],
            "region": json.dumps({"type": "box", **box}),
            "created_at": MOMENT.format(place, number % 1_000_000),
        }


def write(side: str, form: str, home: Path, folder: Path) -> None:
    """Write the data set by one side."""
    if side == "ours":
        settings = Settings.from_environment({"ANNOTATOR_HOME": str(home)})
        with Workspace.open(settings) as workspace:
            chosen = {"with_images": False, "selection": EVERYTHING}
            export_project(workspace, "benchmark", folder, format_name=form, **chosen)
        return
    if side == "reports":
        _write_reports(home, folder)
        return
    folder.mkdir()
    database = home / "annotator.db"
    (export_plain.write_coco if form == "coco" else export_plain.write_tables)(database, folder)
    if side == "plain":
        export_plain.write_decisions(database, folder)


def _write_reports(home: Path, folder: Path) -> None:
    stream = BytesIO()
    Image.fromarray(np.zeros(REPORTED, np.uint8)).save(stream, "PNG")
    settings = Settings.from_environment({"ANNOTATOR_HOME": str(home)})
    with Workspace.open(settings) as workspace:
        project = workspace.record.project("benchmark")
        with closing(workspace.record.image_records(project.id)) as records:
            source = Source(
                records, project.label_set, project.name, project.id, lambda _: stream.getvalue()
            )
            export_items(source, folder, format_name="dicom-sr", selection=EVERYTHING)


def measure(side: str, form: str, home: Path, folder: Path) -> dict[str, float]:
    """Run one side here; return its seconds, its processor seconds, its peak memory in MB."""
    dataset._sync = lambda: None  # type: ignore[assignment]  # the plain loop does not wait either
    begin, cpu = time.perf_counter(), time.process_time()
    write(side, form, home, folder)
    seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": round(seconds, 2), "cpu_s": round(cpu, 2), "peak_mb": round(peak, 1)}


def same(form: str, plain: Path, ours: Path) -> bool:
    """Tell whether both sides wrote the same values."""
    lines = [
        [json.loads(line) for line in (side / "decisions.jsonl").open()] for side in (plain, ours)
    ]
    if form == "coco":
        written = [json.loads((side / "annotations.json").read_text()) for side in (plain, ours)]
        for whole in written:
            del whole["info"]  # the day on which the record was made
        return lines[0] == lines[1] and written[0] == written[1]
    import pyarrow.parquet as pq

    for table in ("labels", "regions"):
        with (plain / f"{table}.csv").open(newline="") as opened:
            loop = list(csv.reader(opened))
        rows = pq.read_table(ours / f"{table}.parquet").to_pylist()
        told = [["" if v is None else str(v) for v in row.values()] for row in rows]
        if loop != told:
            return False
    return lines[0] == lines[1]


def run(side: str, form: str, home: Path, folder: Path) -> dict[str, float]:
    """Run one side in a process of its own."""
    command = [sys.executable, __file__, "0", "--format", form, "--side", side]
    command += ["--home", str(home), "--folder", str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    """Measure all sides by turns and print a line each, then the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("regions", type=int)
    parser.add_argument("--format", choices=("coco", "parquet", "dicom-sr"), default="coco")
    parser.add_argument("--rounds", type=int, default=1)
    for name in ("side", "home", "folder"):
        parser.add_argument(f"--{name}", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        found = measure(options.side, options.format, Path(options.home), Path(options.folder))
        sys.stdout.write(json.dumps(found) + "\n")
        return
    with tempfile.TemporaryDirectory() as parent:
        home, figures = Path(parent) / "home", []
        reports = options.format == "dicom-sr"
        make_record(home, options.regions, *[REPORTED] * reports)
        sides = ("reports",) if reports else SIDES
        for round_ in range(options.rounds):
            found = {}
            for side in sides:
                folder = Path(parent) / f"{side}-{round_}"
                found[side] = run(side, options.format, home, folder)
                told = f"{side} {options.format} {options.regions} {json.dumps(found[side])}\n"
                sys.stdout.write(told)
                sys.stdout.flush()
            figures.append(found)
        if reports:
            each = [1000 * f["reports"]["cpu_s"] / (options.regions // PER_IMAGE) for f in figures]
            sys.stdout.write(f"ms of the processor an image: {statistics.median(each):.1f}\n")
            return
        if options.regions <= COMPARED and not same(
            options.format, Path(parent) / "plain-0", Path(parent) / "ours-0"
        ):
            sys.exit("The sides wrote different values.")
        for side in SIDES[:2]:
            for clock in ("seconds", "cpu_s"):
                ratio = statistics.median(
                    f["ours"][clock] / max(f[side][clock], 0.01) for f in figures
                )
                sys.stdout.write(f"ours / {side}, {clock}: {ratio:.2f}\n")


if __name__ == "__main__":
    main()
