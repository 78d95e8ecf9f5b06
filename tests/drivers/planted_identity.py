"""A DICOM file that names its patient in every place that a name can be in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from dicom_files import written
from PIL import Image, ImageDraw, ImageFont
from pydicom import dcmread
from pydicom.datadict import DicomDictionary
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag

MARKS = (b"zqxjanine", b"98765432123456789", b"18810317", b"181307.17", b"1881-03-17")
"""Lower-case bytes of a name, a number, a day and a time."""

# Eight digits alone occur in hexadecimal numbers by chance.
_FOUND = {mark: re.compile(rb"(?<![0-9a-f])%s(?![0-9a-f])" % re.escape(mark)) for mark in MARKS[1:]}

_TEXTS = dict.fromkeys(("PN", "LO", "LT", "ST", "UT", "UC"), "Zqxjanine^Planted") | {
    "SH": "Zqxjanine",
    "AE": "ZQXJANINE",
    "CS": "ZQXJANINE",
    "UI": "1.2.826.98765432123456789",
    "DA": "18810317",
    "DT": "18810317181307.17",
    "TM": "181307.17",
    "UR": "http://zqxjanine.example/",
    "IS": "987654321",
    "AS": "045Y",
}
# What a picture needs to be decoded at all; terms and numbers in them are tried on their own.
_NEEDED = frozenset({0x0000, 0x0002, 0x0028, 0x7FE0})
_TERMS = frozenset({"Modality", "Units", "SOPClassUID", "SpecificCharacterSet", "ImageType"})
TEXT = "ZQXJANINE 18810317"


def marks_in(content: bytes) -> list[bytes]:
    """Return the marks that some bytes hold, whatever their case."""
    lower = content.lower()
    named = [MARKS[0]] if MARKS[0] in lower else []
    return named + [mark for mark, pattern in _FOUND.items() if pattern.search(lower)]


def _places() -> Iterator[tuple[int, str]]:
    """Yield each standard element that holds text, with its type."""
    for tag, (types, _, _, _, keyword) in sorted(DicomDictionary.items()):
        vr = types.split(" ")[0]
        if tag >> 16 not in _NEEDED and keyword not in _TERMS and vr in _TEXTS:
            yield tag, vr


def planted_header() -> Dataset:
    """Return elements that name the patient: each of the standard's, private and nested ones."""
    header = Dataset()
    for tag, vr in _places():
        header.add_new(tag, vr, _TEXTS[vr])
    nested = Dataset()
    nested.PatientName = nested.PersonName = _TEXTS["PN"]
    for keyword in ("ReferencedImageSequence", "OtherPatientIDsSequence", "ContentSequence"):
        setattr(header, keyword, [nested])
    block = header.private_block(0x0011, "ZQXJANINE CORP", create=True)
    block.add_new(0x01, "LO", _TEXTS["LO"])
    block.add_new(0x02, "UN", b"zqxjanine")
    for group in (0x6000, 0x6002):
        header.add_new(BaseTag(group << 16 | 0x0010), "US", 64)
        header.add_new(BaseTag(group << 16 | 0x0011), "US", 64)
        header.add_new(BaseTag(group << 16 | 0x0022), "LO", _TEXTS["LO"])
        header.add_new(BaseTag(group << 16 | 0x3000), "OW", b"zqxjanine ".ljust(512, b"\0"))
    return header


def picture_with_text(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return a grey picture (400, 512) uint16 with a name drawn into it, and where its letters are.

    The letters are there twice: white above, black on grey below.
    """
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:400, 0:512]
    body = 1500 * np.exp(-(((rows - 200) / 120) ** 2) - ((columns - 256) / 160) ** 2)
    values = (500 + body + rng.normal(0, 20, body.shape)).astype(np.uint16)
    letters = np.zeros(values.shape, bool)
    for top, value in ((12, 4095), (360, 0)):
        drawing = Image.new("L", (512, 400))
        font = ImageFont.load_default(20)
        ImageDraw.Draw(drawing).text((14, top), TEXT, fill=255, font=font)
        drawn = np.asarray(drawing) > 127
        values[drawn] = value
        letters |= drawn
    return values, letters


def planted_files(folder: Path, count: int = 2) -> list[Path]:
    """Write files of one patient into folders and files that bear the name."""
    folder = folder / "Zqxjanine^Planted 18810317"
    folder.mkdir(parents=True)
    paths = []
    for number in range(count):
        values, _ = picture_with_text(number)
        path = written(folder, values, f"zqxjanine_{number}.dcm", BitsStored=12)
        whole = dcmread(path)
        whole.update(planted_header())
        whole.InstanceNumber = str(number + 1)
        whole.save_as(path)
        paths.append(path)
    return paths
