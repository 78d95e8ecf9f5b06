"""Images as the product knows them: one 2-D picture to annotate."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ImageAsset:
    """One 2-D picture to annotate.

    Attributes
    ----------
    id : uuid.UUID
        Its identity in the record.
    file_name : str
        Base name of the file it came from, as shown to the rater.
    width, height : int
        Size of the original picture in pixels, as it is shown (EXIF orientation applied).
    pixels_sha256 : str
        SHA-256 of the stored pixels; the address in the pixel store and the identity of the
        content: the same picture imported twice has the same one.
    source_sha256 : str
        SHA-256 of the file that was imported.
    modality : str
        ``photograph``, or the DICOM modality (``DX``, ``MR``, ...).
    bits : int
        Bits per sample of the stored pixels, 8 or 16.
    channels : int
        1 or 3.
    window : (float, float) or None
        For 16-bit grey, the stored values first shown as black and as white.
    """

    file_name: str
    width: int
    height: int
    pixels_sha256: str
    source_sha256: str
    modality: str = "photograph"
    bits: int = 8
    channels: int = 3
    window: tuple[float, float] | None = None
    id: uuid.UUID = field(default_factory=uuid.uuid4)
