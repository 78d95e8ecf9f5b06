"""DICOM files to pixels, by pydicom: one frame, shown as its modality's standard says."""

from __future__ import annotations

import io
import zlib
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import pydicom
from PIL import Image
from pydicom.dataset import Dataset, FileDataset
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import apply_color_lut
from pydicom.pixels.utils import pixel_array
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from ..errors import IngestError
from .codestreams import coded_size
from .colour import in_srgb
from .dicom_grey import render_grey
from .pictures import MAX_MEGAPIXELS, DecodedPicture, require_size
from .quiet import quiet

MAX_WHOLE_BYTES = 2_000_000_000
"""Limit on what is read at once: deflated files, and those that name no transfer syntax."""

# Where pydicom knows no decoder: families of transfer syntaxes (PS3.5 section 10) and what
# reads them.
_OTHER_READERS = (
    ("1.2.840.10008.1.2.4.92", "GDCM reads it: gdcmconv --raw"),
    ("1.2.840.10008.1.2.4.93", "GDCM reads it: gdcmconv --raw"),
    ("1.2.840.10008.1.2.4.10", "ffmpeg reads it: export the frames as PNG"),
    ("1.2.840.10008.1.2.7", "ffmpeg reads it: export the frames as PNG"),
)

# Defined terms of Modality (0008,0060), PS3.3 C.7.3.1.1.1. Anything else is stored as OT: in a
# damaged file the element may hold free text, and free text may name a person.
_MODALITIES = frozenset(
    {
        "AR",
        "ASMT",
        "AU",
        "BDUS",
        "BI",
        "BMD",
        "CFM",
        "CR",
        "CT",
        "DMS",
        "DG",
        "DX",
        "ECG",
        "EPS",
        "ES",
        "GM",
        "HC",
        "HD",
        "IO",
        "IOL",
        "IVOCT",
        "IVUS",
        "KER",
        "LEN",
        "LS",
        "MG",
        "MR",
        "NM",
        "OAM",
        "OCT",
        "OP",
        "OPM",
        "OPT",
        "OPTBSV",
        "OPTENF",
        "OPV",
        "OSS",
        "OT",
        "PA",
        "PR",
        "PT",
        "PX",
        "RF",
        "RG",
        "RTDOSE",
        "RTIMAGE",
        "SEG",
        "SM",
        "SRF",
        "STAIN",
        "TG",
        "US",
        "VA",
        "XA",
        "XC",
    }
)


def decode_dicom(
    stream: BinaryIO, name: str, *, max_megapixels: float = MAX_MEGAPIXELS
) -> DecodedPicture:
    """Decode the first frame of a DICOM file.

    Grey pixels go through the modality LUT or rescale, then the VOI LUT or window, and
    MONOCHROME1 is inverted last; where those steps are linear the stored values stay exact and
    the window says how they are shown (`render_grey`). Palette, YBR and RGB become sRGB.

    Parameters
    ----------
    stream : file object
        Positioned anywhere; read from its beginning.
    name : str
        Base name of the file, for messages.
    max_megapixels : float
        Larger pictures are refused from the header.

    Returns
    -------
    DecodedPicture

    Raises
    ------
    IngestError
        If the file holds no picture, needs a decoder that is not there, is damaged or too
        large. The sentence quotes nothing from the header but sizes and the transfer syntax.
    """
    try:
        with quiet():
            _require_inflatable(stream, name)
            stream.seek(0)
            header = pydicom.dcmread(stream, stop_before_pixels=True, force=True)
            syntax = _transfer_syntax(header)
            _require_picture(header, syntax, name, max_megapixels)
            if syntax.is_encapsulated:
                _require_coded_size(stream, name, max_megapixels)
            return _picture(header, syntax, _first_frame(stream, header, name))
    except IngestError:
        raise
    except Exception as error:  # noqa: BLE001 - decoders raise anything on damaged bytes
        raise IngestError(
            f"{name} is DICOM and cannot be decoded ({type(error).__name__} while reading it); "
            "export it again from where it came."
        ) from None


def _transfer_syntax(header: FileDataset) -> UID:
    """Return the transfer syntax, from the bytes themselves where the file names none."""
    stated = header.file_meta.get("TransferSyntaxUID")
    if stated:
        return UID(stated)
    implicit, little_endian = header.original_encoding
    explicit = ExplicitVRLittleEndian if little_endian else ExplicitVRBigEndian
    return ImplicitVRLittleEndian if implicit else explicit


def _require_picture(header: Dataset, syntax: UID, name: str, max_megapixels: float) -> None:
    if not (header.get("Rows") and header.get("Columns")):
        raise IngestError(
            f"{name} is DICOM without a picture (a report, a plan, an index or a damaged file); "
            "import the files that hold the images."
        )
    require_size(name, int(header.Columns), int(header.Rows), max_megapixels)
    try:
        decoder = get_decoder(syntax)
    except NotImplementedError:
        known = [reader for start, reader in _OTHER_READERS if syntax.startswith(start)]
        reader = known[0] if known else "no Python package is known to read it"
        title = syntax.name if syntax.is_transfer_syntax else "a private transfer syntax"
        raise IngestError(
            f"{name} is compressed as {title}, which cannot be read here; {reader}, or export "
            "it uncompressed."
        ) from None
    if not decoder.is_available:
        raise IngestError(
            f"{name} is compressed as {syntax.name}; install a package that reads it "
            f"({'; '.join(decoder.missing_dependencies)}) and import it again."
        )


def _require_inflatable(stream: BinaryIO, name: str) -> None:
    """Refuse a deflated file that would unpack without bound (PS3.5 A.5)."""
    stream.seek(0)
    head = stream.read(1024)
    if DeflatedExplicitVRLittleEndian.encode() not in head:
        return
    # The first element of the file meta information is its length.
    stream.seek(144 + int.from_bytes(head[140:144], "little"))
    inflater, unpacked = zlib.decompressobj(-zlib.MAX_WBITS), 0
    while chunk := (inflater.unconsumed_tail or stream.read(1 << 20)):
        unpacked += len(inflater.decompress(chunk, 1 << 24))
        _require_whole(unpacked, name)


def _require_whole(size_bytes: int, name: str) -> None:
    if size_bytes > MAX_WHOLE_BYTES:
        raise IngestError(
            f"{name} unpacks to more than {MAX_WHOLE_BYTES / 1e9:.0f} GB; export it with an "
            "uncompressed transfer syntax."
        )


def _require_coded_size(stream: BinaryIO, name: str, max_megapixels: float) -> None:
    """Check what the first codestream says; the reader stopped at the pixel data's element."""
    at = stream.tell()
    # Tag, VR and length of the element, then tag and length of the table of offsets.
    table_bytes = int.from_bytes(stream.read(20)[16:20], "little")
    stream.seek(at + 20 + table_bytes)
    size = coded_size(stream.read(1 << 16))
    if size is not None:
        require_size(name, *size, max_megapixels)


def _first_frame(stream: BinaryIO, header: FileDataset, name: str) -> npt.NDArray[Any]:
    """Decode the first frame only, in RGB where it is in colour."""
    stated = header.file_meta.get("TransferSyntaxUID")
    if stated and stated != DeflatedExplicitVRLittleEndian:
        # By way of the open file, of which only that frame is read.
        return pixel_array(stream, index=0)
    _require_whole(stream.seek(0, io.SEEK_END), name)
    stream.seek(0)
    whole = pydicom.dcmread(stream, force=True)
    whole.file_meta.TransferSyntaxUID = _transfer_syntax(whole)
    return pixel_array(whole, index=0)


def _picture(header: Dataset, syntax: UID, frame: npt.NDArray[Any]) -> DecodedPicture:
    modality = str(header.get("Modality", "OT"))
    modality = modality if modality in _MODALITIES else "OT"
    frames = int(header.get("NumberOfFrames") or 1)
    warnings = [f"Only the first of {frames} frames was taken."] if frames > 1 else []
    if header.get("PhotometricInterpretation") == "PALETTE COLOR":
        colours, bits = apply_color_lut(frame, header), _palette_bits(header)
    elif frame.ndim == 3:
        colours, bits = frame, int(header.get("BitsStored") or 8)
    else:
        grey, window, notes = render_grey(frame, header, compressed=syntax.is_encapsulated)
        return DecodedPicture(grey, modality, window, (*warnings, *notes))
    if bits > 8:
        warnings.append(f"{bits}-bit colour was reduced to 8 bits.")
    image = Image.fromarray((colours >> max(0, bits - 8)).astype(np.uint8)[..., :3])
    converted, notes = in_srgb(image, header.get("ICCProfile"))
    return DecodedPicture(np.asarray(converted), modality, None, (*warnings, *notes))


def _palette_bits(header: Dataset) -> int:
    return int(header.RedPaletteColorLookupTableDescriptor[2])
