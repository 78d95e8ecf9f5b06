"""What an import costs beside decoding alone: films of 3,000 x 2,500 pixels, 16 bits.

    python tests/benchmarks/ingest.py [--films 1000] [--batch 20] [--syntax explicit|jpeg-ls|j2k]

Films are made in batches, which are not timed, and deleted again. Each batch is decoded by a bare
loop of pydicom and imported into a project, one after the other and in turns first, so that the
ratio holds on a busy machine too. The bare loop runs in one thread, as it is usually written;
the import on as many as it chooses. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, JPEG2000Lossless, JPEGLSLossless, generate_uid

from annotator.settings import Settings
from annotator.workflows.importing import import_paths
from annotator.workflows.projects import create_project
from annotator.workflows.workspace import Workspace

ROWS, COLUMNS = 3000, 2500
SYNTAXES = {
    "explicit": ExplicitVRLittleEndian,
    "jpeg-ls": JPEGLSLossless,
    "j2k": JPEG2000Lossless,
}


def a_film() -> np.ndarray:
    """Return a smooth body with the noise of a detector, 12 of 16 bits."""
    rows, columns = np.mgrid[0:ROWS, 0:COLUMNS]
    body = 1500 + 1200 * np.sin(rows / 700) * np.cos(columns / 500)
    noise = np.random.default_rng(0).normal(0, 12, body.shape)
    return np.clip(body + noise, 0, 4095).astype(np.uint16)


def written(path: Path, values: np.ndarray, syntax: UID) -> None:
    """Write a film of one patient."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID, ds.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.1.1", generate_uid()
    ds.Modality, ds.PatientID, ds.PatientName = "DX", path.stem, "Nobody"
    ds.StudyInstanceUID = ds.SeriesInstanceUID = generate_uid()
    ds.InstanceNumber = 1
    ds.Rows, ds.Columns = values.shape
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 0
    ds.WindowCenter, ds.WindowWidth = 2048, 4096
    ds.ImagerPixelSpacing = [0.14, 0.14]
    ds.PixelData = values.tobytes()
    ds["PixelData"].VR = "OW"
    if syntax != ExplicitVRLittleEndian:
        ds.compress(syntax, generate_instance_uid=False)
    ds.save_as(path, enforce_file_format=True)


def batches(films: int, size: int, folder: Path, syntax: UID) -> Iterator[list[Path]]:
    """Yield batches of new films, each deleted before the next."""
    film = a_film()
    for start in range(0, films, size):
        paths = [
            folder / f"film{number:05d}.dcm" for number in range(start, min(films, start + size))
        ]
        for number, path in enumerate(paths, start):
            written(path, np.roll(film, number + 1, axis=0), syntax)
        yield paths
        for path in paths:
            path.unlink()


def processor_s() -> float:
    """Return what this process and the readers that it started have taken of all processors."""
    times = [one.cpu_times() for one in psutil.Process().children(recursive=True)]
    return sum((one.user + one.system for one in times), start=time.process_time())


class Cost(NamedTuple):
    """Seconds by the clock, and of all processors."""

    wall_s: float = 0.0
    cpu_s: float = 0.0

    def and_since(self, wall_s: float, cpu_s: float) -> Cost:
        """Add what passed since two readings."""
        passed = (time.perf_counter() - wall_s, processor_s() - cpu_s)
        return Cost(self.wall_s + passed[0], self.cpu_s + passed[1])


def bare_loop(paths: list[Path], before: Cost) -> Cost:
    """Decode as a script would; return the cost added to what was before."""
    begun = (time.perf_counter(), processor_s())
    for path in paths:
        if not pydicom.dcmread(path).pixel_array.size:
            raise ValueError(path)
    return before.and_since(*begun)


def imported(workspace: Workspace, paths: list[Path], before: Cost) -> Cost:
    """Import into the project; return the cost added to what was before."""
    begun = (time.perf_counter(), processor_s())
    report = import_paths(workspace, "films", paths)
    after = before.and_since(*begun)
    if report.imported != len(paths):
        raise ValueError("\n".join([*report.lines(), report.summary()]))
    return after


def measured(films: int, size: int, syntax: str) -> str:
    """Return a row of the table."""
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary)
        environment = {
            "ANNOTATOR_HOME": str(home / "data"),
            "ANNOTATOR_SECRETS": str(home / "keys"),
        }
        incoming = home / "incoming"
        incoming.mkdir()
        bare = ours = Cost()
        memory: list[float] = []
        with Workspace.open(Settings.from_environment(environment), upgrade=True) as workspace:
            create_project(workspace, "films", labels=["x"])
            made = batches(films, size, incoming, SYNTAXES[syntax])
            for number, paths in enumerate(made):
                if number % 2:
                    ours = imported(workspace, paths, ours)
                    bare = bare_loop(paths, bare)
                else:
                    bare = bare_loop(paths, bare)
                    ours = imported(workspace, paths, ours)
                memory.append(psutil.Process().memory_info().rss / 1e6)
                # What is stored is not what is measured, and fills the disk.
                for stored in (home / "data" / "pixels").glob("??/*.png"):
                    stored.unlink()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        return (
            f"| {syntax} | {films} | {films / bare.wall_s:.2f} | {films / ours.wall_s:.2f} | "
            f"{bare.wall_s / ours.wall_s:.2f} | {bare.cpu_s / films:.3f} | "
            f"{ours.cpu_s / films:.3f} | {memory[0]:.0f} | {memory[-1]:.0f} | {peak:.0f} |"
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, default=1000)
    parser.add_argument("--batch", type=int, default=20)
    parser.add_argument("--syntax", choices=SYNTAXES, action="append")
    options = parser.parse_args()
    say = sys.stdout.write
    say(f"{os.cpu_count()} processors; films of {ROWS} x {COLUMNS}, 16 bits\n\n")
    columns = (
        "compression",
        "films",
        "bare loop, films/s",
        "import, films/s",
        "ratio",
        "bare, CPU s a film",
        "import, CPU s a film",
        "MB after the first batch",
        "MB at the end",
        "peak MB",
    )
    say(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}\n")
    for syntax in options.syntax or SYNTAXES:
        say(measured(options.films, options.batch, syntax) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
