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
        That may be waited for a file of no size, and a sixtieth more for each MB of it and each
        MB of its pictures.
    """

    memory_bytes: int = 4_000_000_000
    seconds: float = 60.0

    def seconds_for(self, read_bytes: int) -> float:
        """Return how long a file may be waited for, given the bytes of it and of its pictures."""
        return self.seconds * (1 + read_bytes / 60e6)

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
        f"{name} crashed the program that opened it: the file is damaged, or made to do harm; "
        "export it again from its source. The other files go on."
    )
