"""Any colour model to what is stored: grey or sRGB, opaque, 8 bits."""

from __future__ import annotations

import io
from typing import cast

from PIL import Image as PillowImage
from PIL import ImageCms
from PIL.Image import Image

TRANSPARENT = "All of the picture is said to be transparent; it is shown as if nothing were."
PROFILE_WARNING = "The colour profile cannot be used; colours were taken as sRGB."


def on_white(image: Image) -> tuple[Image, tuple[str, ...]]:
    """Return the image without palette or transparency, in mode L, RGB, CMYK or LAB, and notes.

    Transparent parts show white, as a page would. Where all is transparent the writer left the
    opacity at 0 and meant none: other viewers show such pictures, and so it is here.
    """
    if image.has_transparency_data:
        target = "L" if image.mode in ("1", "L", "LA", "La") else "RGB"
        seen = image.convert("RGBA")
        if not seen.getchannel("A").getbbox():
            return seen.convert("RGB").convert(target), (TRANSPARENT,)
        white = PillowImage.new("RGBA", image.size, "white")
        return PillowImage.alpha_composite(white, seen).convert(target), ()
    if image.mode in ("L", "RGB", "CMYK", "LAB"):
        return image, ()
    return image.convert("L" if image.mode == "1" else "RGB"), ()


def in_srgb(image: Image, profile: bytes | None) -> tuple[Image, tuple[str, ...]]:
    """Convert an image to sRGB, or grey with sRGB's tone curve.

    Parameters
    ----------
    image : Image
        In mode L, RGB, CMYK or LAB.
    profile : bytes or None
        The ICC profile that its values are in; without one they are taken as sRGB.

    Returns
    -------
    Image
        In mode L for grey, else RGB.
    tuple of str
        A warning, if the profile could not be used.
    """
    target = "L" if image.mode == "L" else "RGB"
    if image.mode == "LAB":
        return _converted(image, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))), ()
    if not profile:
        return image.convert(target), ()
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        described = ImageCms.getProfileDescription(source).strip().lower()
        if described.startswith("srgb"):
            # A conversion from sRGB to sRGB would change values by rounding.
            return image.convert(target), ()
        return _converted(image, source).convert(target), ()
    except (ImageCms.PyCMSError, OSError):
        return image.convert(target), (PROFILE_WARNING,)


def _converted(image: Image, source: ImageCms.ImageCmsProfile) -> Image:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    return cast("Image", ImageCms.profileToProfile(image, source, srgb, outputMode="RGB"))
