"""An engine that does as an image's modality says, run on Ray: what comes back is printed as JSON.

With it what the engine left at work in this process: threads of Ray Data, or Ray itself.
``dies``: its process ends each time; ``dies once``: the first time; ``fails``: a sentence.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Generator, Iterable
from functools import partial
from pathlib import Path

from annotator.domain import ImageAsset
from annotator.engines.engine import Item, Result
from annotator.engines.ray import RayEngine
from annotator.errors import AnnotatorError, JobStopped, SuggestError


class MortalEngine:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def run(self, items: Iterable[Item], spec: object) -> Generator[Result, None, None]:
        for item in items:
            name = item.asset.modality
            if name == "dies" or (name == "dies once" and not self._seen(item)):
                os._exit(1)
            if name == "waits":
                time.sleep(3600)
            yield Result(item.asset, error=f"{name}: {os.getpid()}")

    def _seen(self, item: Item) -> bool:
        mark = self._folder / str(item.asset.id)
        seen = mark.exists()
        mark.touch()
        return seen


def equipped(folder: Path, threads: int) -> MortalEngine:
    if (folder / "no card").exists():
        raise SuggestError("The model card is not the same on each machine; copy it.")
    return MortalEngine(folder)


def asset(name: str) -> ImageAsset:
    return ImageAsset(
        file_name=f"of {name}", source_sha256="0" * 64, pixels_sha256="0" * 64, width=1, height=1,
        modality=name,
    )  # fmt: skip


def main() -> None:
    """Write, as JSON, what came of images and was left: arguments are address, folder, images."""
    address, folder, names = sys.argv[1], Path(sys.argv[2]), json.loads(sys.argv[3])
    pulses = 0

    def pulse() -> None:
        nonlocal pulses
        pulses += 1
        if "waits" in names and pulses > 8:
            raise JobStopped

    engine = RayEngine(partial(equipped, folder), address, pulse=pulse)
    came: list[str] = []
    try:
        came.extend(
            f"{result.asset.file_name}: {result.error}"
            for result in engine.run([Item(asset(name)) for name in names], None)
        )
    except (AnnotatorError, JobStopped) as error:
        came.append(f"{type(error).__name__}: {error}")
    left = [one.name for one in threading.enumerate() if one.name.startswith("StreamingExecutor")]
    left += ["ray"] if "ray" in sys.modules and sys.modules["ray"].is_initialized() else []
    sys.stdout.write(json.dumps({"came": came, "left at work": left}))
