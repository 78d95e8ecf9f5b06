"""Strangers' bytes are opened here: in processes of their own, within limits of time and memory.

What ends such a process is a sentence about the file. See docs/decisions/0030-strangers-bytes.md.
"""

from .asking import SafeVideo, safe_pictures
from .limits import ReadingLimits

__all__ = ["ReadingLimits", "SafeVideo", "safe_pictures"]
