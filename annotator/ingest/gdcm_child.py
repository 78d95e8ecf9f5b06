"""A process that decodes JPEG frames by GDCM and nothing else: what ends it ends no import.

It is run as a script, so that it loads neither the product nor NumPy. Requests come by standard
input and are answered on standard output until the input ends; `jpeg_frames` asks.
"""

import os
import re
import struct
import sys
import tempfile

REQUEST = struct.Struct("<32s5I")
"""Transfer syntax, columns, rows, samples, precision, and the bytes of the codestream to come."""
ANSWER = struct.Struct("<I")
"""The bytes of the values to come: little-endian, colour by pixel; 0 if it cannot be decoded."""

Request = tuple[str, int, int, int, int]

_MADE_UP = re.compile(rb"Corrupt JPEG data|Premature end of JPEG")
"""How libjpeg complains before it goes on with values of its own (its jerror.h, JWRN_)."""


def _values(request: Request, codestream: bytes) -> bytes:
    """Return a frame's values, or nothing where GDCM fails."""
    import gdcm

    syntax, columns, rows, samples, precision = request
    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(codestream)
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((columns, rows, 1))
    image.SetDataElement(element)
    # Colours as they are in the codestream: whoever asks knows what they mean.
    colours = "RGB" if samples > 1 else "MONOCHROME2"
    photometric = gdcm.PhotometricInterpretation
    image.SetPhotometricInterpretation(photometric(photometric.GetPIType(colours)))
    if samples > 1:
        image.SetPlanarConfiguration(0)
    image.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.GetTSType(syntax)))
    allocated = 8 if precision <= 8 else 16
    image.SetPixelFormat(gdcm.PixelFormat(samples, allocated, precision, precision - 1, 0))
    # GDCM returns text for bytes.
    values = (image.GetBuffer() or "").encode("utf-8", "surrogateescape")
    return values if len(values) == columns * rows * samples * allocated // 8 else b""


def _serve() -> None:
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # What libraries print goes nowhere; a complaint may tell that values are made up.
    with tempfile.TemporaryFile() as complaints:
        os.dup2(complaints.fileno(), 1)
        os.dup2(complaints.fileno(), 2)
        while len(head := source.read(REQUEST.size)) == REQUEST.size:
            syntax, *numbers, size = REQUEST.unpack(head)
            columns, rows, samples, precision = numbers
            os.ftruncate(complaints.fileno(), 0)
            request = (syntax.rstrip(b"\0").decode(), columns, rows, samples, precision)
            values = _values(request, source.read(size))
            complaints.seek(0)
            if _MADE_UP.search(complaints.read()):
                values = b""
            sink.write(ANSWER.pack(len(values)))
            sink.write(values)
            sink.flush()


if __name__ == "__main__":
    _serve()
