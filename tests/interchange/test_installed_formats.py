"""A format that another installed package offers, found by its entry point."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

PACKAGE = """
from annotator.domain import Presence
from annotator.formats import Capacity, ExportFormat, ImportedImage, ImportedValue, ImportFormat

def read(path, labels, size_of):
    for name in path.read_text("utf-8").split():
        yield ImportedImage(name, values=(ImportedValue("x", Presence.PRESENT),))

READER = ImportFormat("names", "Names of files", read)

def write(folder, items, labels, project):
    with (folder / "names.txt").open("w", encoding="utf-8", newline="") as out:
        for item in items:
            out.write(f"{item.file_name}\\n")

def check(folder, items, labels):
    wanted = "".join(f"{item.file_name}\\n" for item in items)
    assert (folder / "names.txt").read_text("utf-8") == wanted

FORMAT = ExportFormat(
    "names", "Names of files", {"names.txt": "one a line"}, Capacity(shapes=frozenset()),
    write, check,
)

NOTHING = "not a format"
"""


def install(folder: Path, entry: str) -> None:
    """Lay a distribution out as pip does."""
    (folder / "tiny_exporter.py").write_text(textwrap.dedent(PACKAGE))
    info = folder / "tiny_exporter-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tiny-exporter\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        f"[excitation_annotator.exporters]\nnames = {entry}\n"
        f"[excitation_annotator.importers]\nnames = {entry.replace('FORMAT', 'READER')}\n"
    )
    (info / "RECORD").write_text("")


PROGRAM = """
import sys
from annotator.cli import main

assert main(["project", "create", "P", "--label", "x"]) == 0
sys.exit(main(["export", "P", "--format", "names", "--output", sys.argv[1]]))
"""


READING = """
import sys
from pathlib import Path
from annotator.domain import Label, LabelSet
from annotator.formats import import_format

labels = LabelSet((Label("-", "x", "x"),))
read = import_format("names").read(Path(sys.argv[1]), labels, lambda _: None)
print([(image.file_name, image.values[0].label) for image in read])
"""


def run(folder: Path, program: str = PROGRAM, to: str = "out") -> subprocess.CompletedProcess[str]:
    """Run the commands where the package is installed: entry points are read once a process."""
    environment = os.environ | {"PYTHONPATH": str(folder), "ANNOTATOR_HOME": str(folder / "home")}
    command = [sys.executable, "-c", program, str(folder / to)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_the_format_of_an_installed_package(tmp_path):
    install(tmp_path, "tiny_exporter:FORMAT")
    done = run(tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "names.txt").read_text() == ""
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert (manifest["format"], manifest["conventions"]) == ("names", {"names.txt": "one a line"})


def test_the_reader_of_an_installed_package(tmp_path):
    install(tmp_path, "tiny_exporter:FORMAT")
    (tmp_path / "names.txt").write_text("a.png b.png")
    done = run(tmp_path, READING, "names.txt")
    assert done.stdout == "[('a.png', 'x'), ('b.png', 'x')]\n", done.stderr


def test_an_installed_package_that_offers_something_else(tmp_path):
    install(tmp_path, "tiny_exporter:NOTHING")
    done = run(tmp_path)
    assert done.returncode == 1
    assert "The installed exporter 'names' is no ExportFormat" in done.stderr
    assert not (tmp_path / "out").exists()
