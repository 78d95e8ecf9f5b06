"""DICOM files to pixels, by pydicom: each frame, shown as its modality's standard says."""

from __future__ import annotations

import io
import zlib
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any, BinaryIO, Literal

import numpy.typing as npt
import pydicom
from pydicom.dataset import Dataset, FileDataset
from pydicom.encaps import parse_fragments
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.utils import iter_pixels
from pydicom.uid import (
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
)

from ..errors import IngestError
from .assumptions import PIXEL_OPTIONS, with_assumptions
from .codestreams import coded_size, is_codestream
from .deidentification import FACE_RISK, Deidentifier
from .dicom_colour import coloured
from .dicom_grey import render_grey
from .dicom_header import (
    Spacing,
    acquisition_of,
    frame_count,
    geometry_of,
    modality_of,
    spacing_of,
)
from .frame_order import frame_order
from .grey_j2k import OPENCV
from .jpeg_frames import JPEG, SYNTAXES
from .kept_elements import kept_elements
from .pictures import MAX_MEGAPIXELS, DecodedPicture, Display, Origin, require_size
from .quiet import quiet

MAX_WHOLE_BYTES = 2_000_000_000
"""Limit on what is read at once: deflated files, and those that name no transfer syntax."""

MAX_DAMAGED_FRAMES = 10
"""After so many no further frame is tried: a header may state a thousand million of them."""

AT_DETECTOR = (
    "Lengths in mm are those at the detector; the header does not bring them to the body, where "
    "they are shorter."
)

_NO_PICTURE = (
    "{} is DICOM without a picture (a report, a plan, an index or a damaged file); import the "
    "files that hold the images."
)

# Where pydicom knows no decoder: families of transfer syntaxes (PS3.5 section 10) and what
# reads them.
_OTHER_READERS = (
    ("1.2.840.10008.1.2.4.92", "GDCM reads it: gdcmconv --raw"),
    ("1.2.840.10008.1.2.4.93", "GDCM reads it: gdcmconv --raw"),
    ("1.2.840.10008.1.2.4.10", "ffmpeg reads it: export the frames as PNG"),
    ("1.2.840.10008.1.2.7", "ffmpeg reads it: export the frames as PNG"),
)

# Which of pydicom's decoders, where it is not the first that pydicom would take: for speed, for
# right values, or so that GDCM meets strangers' bytes in a child alone (docs/decisions/0019).
_DECODERS = {
    JPEG2000Lossless: OPENCV,
    JPEG2000: "pylibjpeg",
    **dict.fromkeys(SYNTAXES, JPEG),
}


def decode_dicom(
    stream: BinaryIO,
    name: str,
    *,
    max_megapixels: float = MAX_MEGAPIXELS,
    deidentifier: Deidentifier | None = None,
) -> Iterator[DecodedPicture]:
    """Decode the frames of a DICOM file, one in memory at a time.

    Grey pixels go through the modality LUT or rescale, then the VOI LUT or window, and
    MONOCHROME1 is inverted last; where those steps are linear the stored values stay exact and
    the window says how they are shown (`render_grey`). Palette, YBR and RGB become sRGB.

    Parameters
    ----------
    stream : file object
        Positioned anywhere; read from its beginning. It may not be used between two frames.
    name : str
        Base name of the file, for messages.
    max_megapixels : float
        Larger pictures are refused from the header.
    deidentifier : Deidentifier, optional
        Gives pictures their origin and takes text out of them; without one, nothing of who they
        show is read.

    Yields
    ------
    DecodedPicture

    Raises
    ------
    TextFoundError
        If the deidentifier refuses a picture for the text in it.
    IngestError
        If the file holds no picture, needs a decoder that is not there, is damaged or too
        large; of a file with many frames, after all those that could be decoded. The sentence
        quotes nothing from the header but sizes and the transfer syntax.
    """
    with _faults_named(name):
        _require_inflatable(stream, name)
        stream.seek(0)
        header = pydicom.dcmread(stream, stop_before_pixels=True, force=True)
        syntax = _transfer_syntax(header)
        _require_picture(header, syntax, name, max_megapixels)
        stored_bytes = _stored_bytes(stream, syntax)
        if syntax.is_encapsulated:
            _require_coded_sizes(stream, header, name, max_megapixels)
        source = _source(stream, header, name)
        if isinstance(source, Dataset):
            kinds = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
            stored_bytes = max(len(source.get(kind) or b"") for kind in kinds)
        if not stored_bytes:
            raise IngestError(_NO_PICTURE.format(name))
        notes = tuple(with_assumptions(header, syntax, stored_bytes))
        order = frame_order(header)
        described, left = kept_elements(header)
        origin = deidentifier.origin(header, left) if deidentifier else None
        space = deidentifier.frame_of_reference(header) if deidentifier else None
    damaged: list[int] = []
    start, count = 0, len(order)
    while start < count and len(damaged) < MAX_DAMAGED_FRAMES:
        # Closed while the stream is open: what is left of it moves in the stream.
        with closing(_frames(source, described, syntax, order[start:])) as frames:
            for number in order[start:]:
                start += 1
                try:
                    with _faults_named(name):
                        picture = _picture(described, syntax, next(frames), number, space)
                        picture = replace(picture, warnings=(*notes, *picture.warnings))
                except IngestError:
                    if count == 1:
                        raise
                    damaged.append(number)
                    break
                yield _deidentified(picture, described, name, deidentifier, origin)
    if damaged:
        named = ", ".join(str(number + 1) for number in sorted(damaged))
        rest = f", and those after were not tried: {count - start}" if start < count else ""
        raise IngestError(
            f"{name}: of its {count} frames these cannot be decoded ({_title(syntax)}): {named}"
            f"{rest}; export it again from where it came."
        )


def _deidentified(
    picture: DecodedPicture,
    described: Dataset,
    name: str,
    deidentifier: Deidentifier | None,
    origin: Origin | None,
) -> DecodedPicture:
    if deidentifier is None or origin is None:
        return picture
    risk = (FACE_RISK,) if origin.facts.get("face_risk") else ()
    known = replace(picture, origin=origin, warnings=(*picture.warnings, *risk))
    return deidentifier.cleaned(known, described, name)


def _frames(
    source: BinaryIO | Dataset, header: Dataset, syntax: UID, numbers: Sequence[int]
) -> Generator[npt.NDArray[Any], None, None]:
    options = {
        option: header[keyword].value
        for keyword, option in PIXEL_OPTIONS.items()
        if header.get(keyword) is not None
    }
    plugin = _DECODERS.get(syntax, "")
    yield from iter_pixels(source, indices=numbers, decoding_plugin=plugin, **options)


@contextmanager
def _faults_named(name: str) -> Iterator[None]:
    """Turn what readers and decoders raise into a sentence that quotes nothing."""
    try:
        with quiet():
            yield
    except (IngestError, MemoryError):
        raise
    except Exception:  # noqa: BLE001 - decoders raise anything on damaged bytes
        raise IngestError(
            f"{name} is a DICOM file and cannot be decoded; export it again from where it came."
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
        raise IngestError(_NO_PICTURE.format(name))
    require_size(name, int(header.Columns), int(header.Rows), max_megapixels)
    try:
        decoder = get_decoder(syntax)
    except NotImplementedError:
        known = [reader for start, reader in _OTHER_READERS if syntax.startswith(start)]
        reader = known[0] if known else "no Python package is known to read it"
        raise IngestError(
            f"{name} is compressed as {_title(syntax)}, which cannot be read here; {reader}, "
            "or export it uncompressed."
        ) from None
    if not decoder.is_available:
        raise IngestError(
            f"{name} is compressed as {syntax.name}; install a package that reads it "
            f"({'; '.join(decoder.missing_dependencies)}) and import it again."
        )


def _title(syntax: UID) -> str:
    if syntax.is_private:
        return f"the private transfer syntax {syntax}" if syntax.is_valid else "no transfer syntax"
    return f"{syntax.name} ({syntax})" if syntax.is_transfer_syntax else "no transfer syntax"


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


def _require_coded_sizes(
    stream: BinaryIO, header: Dataset, name: str, max_megapixels: float
) -> None:
    """Check what each codestream says; the reader stopped at the pixel data's element."""
    at, stated = stream.tell(), (int(header.Columns), int(header.Rows))
    # Tag, VR and length of the element, then tag and length of the table of offsets.
    table_bytes = int.from_bytes(stream.read(20)[16:20], "little")
    stream.seek(at + 20 + table_bytes)
    for number, offset in enumerate(parse_fragments(stream)[1]):
        stream.seek(offset + 8)
        head = stream.read(1 << 16)
        # Any but the first may be the rest of a codestream, in which all bytes can occur.
        size = coded_size(head) if number == 0 or is_codestream(head) else None
        if size is not None:
            require_size(name, *size, max_megapixels)
            if size != stated:
                raise IngestError(
                    f"{name} says that its picture is {stated[0]} x {stated[1]} px, and the "
                    f"compressed picture in it is {size[0]} x {size[1]} px; export it again from "
                    "where it came."
                )


def _stored_bytes(stream: BinaryIO, syntax: UID) -> int:
    """Return the length that the pixel data's element states; the reader stopped before it."""
    at = stream.tell()
    head = stream.read(12)
    stream.seek(at)
    order: Literal["little", "big"] = "little" if syntax.is_little_endian else "big"
    return int.from_bytes(head[4:8] if syntax.is_implicit_VR else head[8:12], order)


def _source(stream: BinaryIO, header: FileDataset, name: str) -> BinaryIO | Dataset:
    """Return what frames are decoded from: the open file, so that one frame is read at a time."""
    stated = header.file_meta.get("TransferSyntaxUID")
    if stated and stated != DeflatedExplicitVRLittleEndian:
        return stream
    _require_whole(stream.seek(0, io.SEEK_END), name)
    stream.seek(0)
    whole = pydicom.dcmread(stream, force=True)
    whole.file_meta.TransferSyntaxUID = _transfer_syntax(whole)
    return whole


def _picture(
    header: Dataset, syntax: UID, values: npt.NDArray[Any], number: int, space: str | None
) -> DecodedPicture:
    spacing = spacing_of(header, number)
    geometry = geometry_of(header, number, space)
    acquisition = acquisition_of(header, number)
    picture = replace(
        _grey(header, syntax, values, number)
        if values.ndim == 2 and header.get("PhotometricInterpretation") != "PALETTE COLOR"
        else coloured(header, values),
        modality=modality_of(header),
        frame=number if frame_count(header) > 1 else None,
    )
    if picture.display is None and spacing == Spacing() and not (geometry or acquisition):
        return picture
    shown = replace(
        picture.display or Display(),
        spacing_mm=spacing.mm,
        aspect=spacing.aspect,
        geometry=geometry,
        acquisition=acquisition,
    )
    at_detector = (AT_DETECTOR,) if spacing.at_detector else ()
    return replace(picture, display=shown, warnings=(*picture.warnings, *at_detector))


def _grey(header: Dataset, syntax: UID, values: npt.NDArray[Any], number: int) -> DecodedPicture:
    grey = render_grey(values, header, number, syntax)
    return DecodedPicture(
        grey.pixels, window=grey.window, warnings=grey.warnings, display=grey.display
    )
