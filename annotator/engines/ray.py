"""The stream on Ray: workers of this machine or of a cluster, each with a network of its own.

Ray Data hands pictures' rows to the workers, which read the pixels from the store themselves; what
comes back are runs. Nothing here outlives `RayEngine.run`: no service, no cluster of ours.
"""

from __future__ import annotations

import logging
import os
import pickle
import secrets
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from ..errors import AnnotatorError, SuggestError, UnavailableError
from .engine import Engine, Item, Result

if TYPE_CHECKING:
    from ..suggest.stages import SuggestionSpec

Equip = Callable[[int], Engine]
"""Makes, on a worker, what does its share, with so many threads; it is sent there as pickled."""

MOST_TOGETHER = 128
"""Images that a worker is given at once, and does again where it is killed."""
_AT_ONCE = 5000
"""Images that are handed out for each worker before more are read from the record."""
_ATTEMPTS = 3
"""How often images are given to workers that do not come back, together and each by itself."""
_MOST_THREADS = 16
_OBJECTS_BYTES = 256 * 2**20
_PULSE_S = 1.0
_REACH_S = 10.0
_END_S = 60.0
"""How long a step of Ray Data's that has begun is waited for before Ray is left."""

_ONE_SESSION = threading.Lock()
_MISSING = (
    "Ray is not installed here, so suggestions cannot be computed on it. Install it with "
    "`pip install 'excitation-annotator[ray]'`, or use the engine local."
)
LETHAL = (
    f"The process that worked on this image ended {_ATTEMPTS} times, so it was given up: its "
    "picture may take too much memory. The other images went on."
)


class RayEngine:
    """Suggests with the workers of a Ray cluster: one a GPU, or one a core where there is none.

    A worker that is killed is made again, and what it had is done again; each image has one
    result. Results come in the order in which they are ready.

    Parameters
    ----------
    equip : callable
        Gives each worker an engine of its own. It, and all it needs, must be importable there.
    address : str
        ``host:port`` of a cluster's head, or ``auto``; empty for this machine's cores alone.
    use_gpus : bool
        Whether workers go where the GPUs are, if the cluster has some.
    pulse : callable
        Called each second, on a thread of Ray's; what it raises ends the work, and is raised.
    """

    def __init__(
        self,
        equip: Equip,
        address: str = "",
        *,
        use_gpus: bool = True,
        pulse: Callable[[], None] = lambda: None,
    ) -> None:
        self._equip = equip
        self._address = address
        self._use_gpus = use_gpus
        self._pulse = pulse

    def run(self, items: Iterable[Item], spec: SuggestionSpec) -> Generator[Result, None, None]:
        """Yield a result for each item, as they are ready; see `Engine.run`.

        Raises
        ------
        SuggestError
            If Ray is not installed, or the workers cannot do this work.
        UnavailableError
            If the cluster, or what the workers need, is out of reach.
        """
        rest = iter(items)
        with _session(self._address) as ray:
            crew = _Crew(ray, self._use_gpus, pickle.dumps((self._equip, spec)), self._pulse)
            while some := list(islice(rest, _AT_ONCE * crew.workers)):
                yield from self._all_of(crew, some)

    def _all_of(self, crew: _Crew, items: list[Item]) -> Iterator[Result]:
        """Yield each item's result once.

        What comes twice is passed over; what does not come is asked for by itself, then given up.
        """
        waiting = {item.asset.id: item for item in items}
        together = max(1, min(MOST_TOGETHER, len(items) // (4 * crew.workers)))
        for size in (together, 1):
            with closing(crew.results(list(waiting.values()), size)) as blocks:
                for result in chain.from_iterable(blocks):
                    item = waiting.pop(result.asset.id, None)
                    if item is not None:
                        yield replace(result, asset=item.asset)
            if not waiting:
                return
        for item in waiting.values():
            yield Result(item.asset, error=LETHAL)


class _Crew:
    """The workers of a session: how many there are, and what one of them takes."""

    def __init__(self, ray: Any, use_gpus: bool, work: bytes, pulse: Callable[[], None]) -> None:
        self._ray = ray
        self._work = work
        self._pulse = pulse
        there = ray.cluster_resources()
        cores, gpus = int(there.get("CPU", 0)), int(there.get("GPU", 0)) if use_gpus else 0
        if not cores:
            raise UnavailableError("The Ray cluster has no cores to work with; add a machine.")
        self.workers = gpus or cores
        self._cores = min(_MOST_THREADS, max(1, cores // gpus)) if gpus else 1
        self._gpus = 1 if gpus else 0

    def results(self, items: list[Item], together: int) -> Generator[list[Result], None, None]:
        """Yield blocks of what workers make of items, which they are given so many at once."""
        data = self._ray.data
        steps = _Steps(self._pulse)
        data.DataContext.get_current().custom_execution_callback_classes = [steps]
        attempts = self._ray.remote(num_cpus=0)(_Attempts).remote()
        rows = [
            {"block": place // together, "item": pickle.dumps(_bare(item))}
            for place, item in enumerate(items)
        ]
        batches = (
            data.from_items(rows, override_num_blocks=-(-len(rows) // together))
            .map_batches(
                _Worker,
                batch_size=None,
                compute=data.ActorPoolStrategy(size=min(self.workers, -(-len(rows) // together))),
                num_cpus=self._cores,
                num_gpus=self._gpus or None,
                fn_constructor_args=(self._work, self._cores, attempts),
            )
            .iter_batches(batch_size=None, prefetch_batches=0)
        )
        with closing(steps), closing(iter(batches)) as blocks:
            for block in blocks:
                results = [pickle.loads(one) for one in block["result"]]  # noqa: S301 - our workers'
                for fault in results:
                    if isinstance(fault, AnnotatorError):
                        raise fault
                yield results


class _Steps:
    """What Ray Data's own thread calls as it works: it gives the pulse, and knows how to end it.

    Ray may be left only when that thread has ended: in the middle of a step it would connect
    anew, begin a Ray of its own on this machine, or take this process with it.
    """

    def __init__(self, pulse: Callable[[], None]) -> None:
        self._pulse = pulse
        self._last = time.monotonic()
        self._executor: Any = None

    def __call__(self) -> _Steps:
        """Stand for the class that Ray Data makes one of for each execution."""
        return self

    def __deepcopy__(self, memo: object) -> _Steps:
        return self

    def __reduce__(self) -> tuple[type, tuple[()]]:
        return object, ()  # the context goes to workers, which need none of this

    def before_execution_starts(self, executor: Any) -> None:
        self._executor = executor

    def on_execution_step(self, executor: Any) -> None:
        del executor
        if time.monotonic() - self._last >= _PULSE_S:
            self._pulse()
            self._last = time.monotonic()

    def after_execution_succeeds(self, executor: Any) -> None:
        """Do nothing: Ray Data calls it."""

    def after_execution_fails(self, executor: Any, error: Exception) -> None:
        """Do nothing: it is raised where results are waited for."""

    def close(self) -> None:
        """End the workers and the thread, where they have not ended by themselves."""
        if self._executor is not None:
            self._executor.shutdown(force=True)
            self._executor.join(_END_S)


def _bare(item: Item) -> Item:
    """Return an image without what no worker needs: of whom it is, and what its file says."""
    return replace(item, asset=replace(item.asset, file_name="", subject=None, display=None))


class _Attempts:
    """How often workers began a block: one that ends them is not begun for ever."""

    def __init__(self) -> None:
        self._begun = Counter[int]()

    def begin(self, block: int) -> int:
        self._begun[block] += 1
        return self._begun[block]


class _Worker:
    """Does blocks of images in a process of its own, on whichever machine Ray puts it."""

    def __init__(self, work: bytes, threads: int, attempts: Any) -> None:
        self._attempts = attempts
        self._fault: AnnotatorError | None = None
        try:
            equip, self._spec = pickle.loads(work)  # noqa: S301 - from this job's own process
            self._engine: Engine = equip(threads)
        except AnnotatorError as error:  # the same on each machine; said once, by the first block
            self._fault = error

    def __call__(self, block: dict[str, Any]) -> dict[str, list[bytes]]:
        import ray

        items = [pickle.loads(one) for one in block["item"]]  # noqa: S301 - as above
        if ray.get(self._attempts.begin.remote(int(block["block"][0]))) > _ATTEMPTS:
            return {"result": []}
        try:
            if self._fault is not None:
                raise self._fault
            with closing(self._engine.run(items, self._spec)) as results:
                return {"result": [pickle.dumps(one) for one in results]}
        except AnnotatorError as error:
            return {"result": [pickle.dumps(error)]}


@contextmanager
def _session(address: str) -> Iterator[Any]:
    """Give Ray, connected; disconnect, which ends all that was begun, at the end."""
    # It reports to nobody, and on this machine alone it listens to this user alone.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")  # else remarks on its own workings
    os.environ["RAY_ENABLE_AUTO_CONNECT"] = "0"  # no Ray is begun but here
    if not address:
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # loopback, on Linux too
        os.environ.setdefault("RAY_AUTH_MODE", "token")
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    try:
        import ray
        import ray.data
    except ImportError:
        raise SuggestError(_MISSING) from None
    with _ONE_SESSION:
        try:
            _connect(ray, address)
            yield ray
        except ray.exceptions.RayError as error:
            raise SuggestError(
                f"The workers on Ray could not do their work ({_reason(error)}). Check that this "
                "program is installed on each machine of the cluster, in the same version."
            ) from error
        finally:
            ray.shutdown()


def _connect(ray: Any, address: str) -> None:
    """Connect with a cluster, or begin one on this machine, that says nothing by itself."""
    try:
        if address:
            _reach(address)
            ray.init(address, log_to_driver=False, logging_level=logging.ERROR)
        else:
            ray.init(
                include_dashboard=False,
                log_to_driver=False,
                logging_level=logging.ERROR,
                object_store_memory=_OBJECTS_BYTES,
            )
    except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        raise UnavailableError(
            f"The Ray cluster at {address or 'this machine'} cannot be used "
            f"({_reason(error, 0)}). Check its address, and that each of its machines "
            "has the same versions of Ray, Python and this program."
        ) from error
    # What goes wrong is raised and becomes a sentence; a pause is logged as a defect of Ray's.
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.max_consecutive_actor_init_deaths = _ATTEMPTS


def _reach(address: str) -> None:
    """Raise OSError where nobody listens at an address; Ray would try for minutes."""
    host, _, port = address.rpartition(":")
    if host:
        socket.create_connection((host, int(port)), _REACH_S).close()


def _reason(error: Exception, line: int = -1) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[line] if lines else "it gives no reason"
