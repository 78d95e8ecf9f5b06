"""The stream on this machine: workers decode, one thread runs the network, workers cut regions."""

from __future__ import annotations

import ctypes
import logging
import os
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import closing
from functools import cache, partial
from itertools import chain, islice
from typing import TypeVar

from ..domain import ImageAsset
from ..errors import AnnotatorError, UnavailableError
from ..ingest import Pixels
from ..suggest.stages import Looked, Prepared, Proposed, SuggestionSpec
from ..suggest.suggester import Suggester
from .engine import Item, Result

_logger = logging.getLogger(__name__)
_In = TypeVar("_In")
_Out = TypeVar("_Out")

MOST_WORKERS = 16
AHEAD_BYTES = 256 * 2**20
"""Pixels that may be on their way at once; one picture may have more by itself."""
GROUP, GROUP_BYTES = 8, 64 * 2**20
"""Pictures, and bytes of pixels, that pass from one thread to another together."""
_KEPT_BYTES = {-1: 512 * 2**20, -3: 32 * 2**20}
"""glibc's M_TRIM_THRESHOLD: what is free at a heap's end and kept; and M_MMAP_THRESHOLD: what is
larger is mapped by itself, and so always given back."""
_BYTES_A_PIXEL = 12
"""What decoding and preparing a pixel takes: as stored, as shown, and in single precision."""
_FAULT = "A fault in the program kept this image from being processed; the log has the details."

_Stage = tuple[ImageAsset, Prepared | Looked | Proposed | str]
"""An image with what the stage before made of it, or why it failed."""


class LocalEngine:
    """Suggests with threads of this process.

    Parameters
    ----------
    suggester : Suggester
    pixels : callable
        Returns the pixels of an image as they are classified; called by several threads.
    workers : int
        Threads that decode and cut; 0 for as many as there are processors, at most 16.
    """

    def __init__(
        self, suggester: Suggester, pixels: Callable[[ImageAsset], Pixels], workers: int = 0
    ) -> None:
        _keep_freed_memory()
        self._suggester = suggester
        self._pixels = pixels
        self._workers = workers or min(MOST_WORKERS, os.cpu_count() or 1)

    def run(self, items: Iterable[Item], spec: SuggestionSpec) -> Generator[Result, None, None]:
        """Yield a result for each item, in order; see `Engine.run`."""
        several, one = ThreadPoolExecutor(self._workers), ThreadPoolExecutor(1)
        batch = self._suggester.batch
        at_once = max(2, 2 * batch // GROUP)
        try:
            prepare = partial(self._prepare, spec=spec)
            groups = _ahead(several, prepare, _groups(items), at_once, AHEAD_BYTES, _size_bytes)
            prepared = chain.from_iterable(groups)
            looked = _ahead(one, partial(self._look, spec=spec), _batches(prepared, batch), 2)
            cut = partial(self._propose, spec=spec)
            proposed = _ahead(several, cut, chain.from_iterable(looked), batch)
            check = partial(self._check, spec=spec)
            with closing(_ahead(one, check, _batches(proposed, batch), 2)) as results:
                yield from chain.from_iterable(results)
        finally:
            for pool in (several, one):
                pool.shutdown(wait=True, cancel_futures=True)

    def _prepare(self, group: list[Item], spec: SuggestionSpec) -> list[_Stage]:
        pixels = [_or_why(partial(self._pixels, item.asset)) for item in group]
        whole = [
            (item, found)
            for item, found in zip(group, pixels, strict=True)
            if not isinstance(found, str)
        ]

        def work(some: list[tuple[Item, Pixels]]) -> list[Prepared]:
            items, pictures = zip(*some, strict=True)
            ids, faces = [item.asset.id for item in items], [item.face for item in items]
            return self._suggester.prepare_all(ids, pictures, faces, spec)

        prepared = iter(_together_or_each(work, whole))
        return [
            (item.asset, found if isinstance(found, str) else next(prepared))
            for item, found in zip(group, pixels, strict=True)
        ]

    def _look(self, batch: list[_Stage], spec: SuggestionSpec) -> list[_Stage]:
        pictures = [made for _, made in batch if isinstance(made, Prepared)]
        looked = iter(_together_or_each(partial(self._suggester.look, spec=spec), pictures))
        return [
            (asset, next(looked) if isinstance(made, Prepared) else made) for asset, made in batch
        ]

    def _propose(self, stage: _Stage, spec: SuggestionSpec) -> _Stage:
        asset, made = stage
        if not isinstance(made, Looked):
            return stage
        return asset, _or_why(lambda: self._suggester.propose(made, spec))

    def _check(self, batch: list[_Stage], spec: SuggestionSpec) -> list[Result]:
        proposed = [made for _, made in batch if isinstance(made, Proposed)]
        runs = iter(_together_or_each(partial(self._suggester.check, spec=spec), proposed))
        made = [(asset, next(runs) if isinstance(it, Proposed) else str(it)) for asset, it in batch]
        return [
            Result(asset, error=run) if isinstance(run, str) else Result(asset, run)
            for asset, run in made
        ]


def _or_why(work: Callable[[], _Out]) -> _Out | str:
    """Return what the work makes of an image, or a sentence where it fails."""
    try:
        return work()
    except UnavailableError:
        raise  # no fault of this image's: the next would fare alike
    except AnnotatorError as error:
        return str(error)
    except Exception:
        _logger.exception("An image could not be processed.")
        return _FAULT


def _together_or_each(
    work: Callable[[list[_In]], list[_Out]], items: list[_In]
) -> list[_Out] | list[_Out | str]:
    """Return what the work makes of images together, or of each by itself where that fails.

    So what one of them is to blame for fails no other.
    """
    together = _or_why(lambda: work(items)) if items else []
    if not isinstance(together, str):
        return together
    each = [_or_why(partial(work, [one])) for one in items]
    return [one if isinstance(one, str) else one[0] for one in each]


def _groups(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Yield the items in groups that are decoded by one thread after the other.

    Small pictures pass from thread to thread by several, and their faces through the networks;
    of large ones each is a group.
    """
    group: list[Item] = []
    for item in items:
        if group and (len(group) == GROUP or _size_bytes([*group, item]) > GROUP_BYTES):
            yield group
            group = []
        group.append(item)
    if group:
        yield group


@cache
def _keep_freed_memory() -> None:
    """Have this process keep memory that networks let go, for their next pass.

    Pages that the system takes and gives anew are a sixth of a network's time. Where somebody has
    set glibc's own variables, and elsewhere than on glibc, all stays as it is.
    """
    if sys.platform != "linux" or any(name.startswith("MALLOC_") for name in os.environ):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for parameter, size in _KEPT_BYTES.items():
            mallopt(parameter, size)


def _size_bytes(group: Iterable[Item]) -> int:
    values = (one.asset.width * one.asset.height * one.asset.channels for one in group)
    return _BYTES_A_PIXEL * sum(values)


def _batches(stages: Iterable[_Stage], size: int) -> Iterator[list[_Stage]]:
    rest = iter(stages)
    while batch := list(islice(rest, size)):
        yield batch


def _ahead(
    pool: Executor,
    work: Callable[[_In], _Out],
    items: Iterable[_In],
    most: int,
    most_bytes: int = 0,
    size_bytes: Callable[[_In], int] = lambda _item: 0,
) -> Generator[_Out, None, None]:
    """Yield what the work makes of each item, in order, with up to `most` items begun.

    Of those that are not done yet, all but one together have at most `most_bytes`.
    """
    begun: deque[tuple[Future[_Out], int]] = deque()
    for item in items:
        size = size_bytes(item)
        while begun and (len(begun) >= most or _undone(begun) + size > max(most_bytes, size)):
            yield begun.popleft()[0].result()
        begun.append((pool.submit(work, item), size))
    while begun:
        yield begun.popleft()[0].result()


def _undone(begun: Iterable[tuple[Future[_Out], int]]) -> int:
    return sum(size for future, size in begun if not future.done())
