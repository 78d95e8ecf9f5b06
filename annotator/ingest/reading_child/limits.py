"""How much memory and time a file may take to be read, and what is said of one that takes more."""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import IngestError


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """What may be made of a file, whatever its own size.

    Attributes
    ----------
    memory_bytes : int
        That the reader may take for a file, beyond what it takes at rest.
    seconds : float
        For a file without size; longer by a minute's share for each MB and each picture, see
        `seconds_for`.
    """

    memory_bytes: int = 4_000_000_000
    seconds: float = 60.0

    def seconds_for(self, file_bytes: int, pictures: int) -> float:
        """Return how long a file may be waited for: a sixtieth more for each MB, and picture."""
        return self.seconds * (1 + (file_bytes / 1e6 + pictures) / 60)

    def memory_error(self, name: str) -> IngestError:
        """Return what is said of a file that takes too much memory."""
        return IngestError(
            f"{name} takes more than {self.memory_bytes / 1e9:.3g} GB of memory to read; crop it "
            "or split it, or raise ANNOTATOR_READING_MEMORY (now "
            f"{self.memory_bytes / 1e9:.3g} GB). The other files go on."
        )

    def time_error(self, name: str, seconds: float) -> IngestError:
        """Return what is said of a file that takes too long."""
        return IngestError(
            f"{name} was not read within {seconds:.0f} s; export it again, or raise "
            f"ANNOTATOR_READING_SECONDS (now {self.seconds:g}). The other files go on."
        )


AS_USUAL = ReadingLimits()


def ended_error(name: str) -> IngestError:
    """Return what is said of a file whose reader ended."""
    return IngestError(
        f"{name} ended the reader: the file is damaged, or made to do harm; export it again from "
        "where it came. The other files go on."
    )
