"""Record what a stream gives, many runs in one transaction, in a thread of its own."""

from __future__ import annotations

import logging
import queue
import threading
import time
from typing import TYPE_CHECKING, Self
from uuid import UUID

from ..domain import SuggestionRun
from ..errors import AnnotatorError, StorageError, UnavailableError
from ..record import Record
from .suggest_report import SuggestReport

if TYPE_CHECKING:
    from ..engines.engine import Result

_logger = logging.getLogger(__name__)

MOST_RUNS = 200
LEAST_RUNS = 10
LONGEST_S = 0.15
"""As many runs are in a transaction as are written in so many seconds, for an act that is saved
meanwhile waits for it: 10 to 200, as fast as the one before was."""
FLUSH_S = 2.0
"""After so many seconds what there is is recorded, so that progress and the queue are fresh."""
_PATIENCE_S = 60.0
_PAUSE_S = 1.0


class RunWriter:
    """Takes results in order and records their runs; used in a ``with`` block.

    At its end, however it comes, all that was taken is on record. While the record is locked, or
    its disk full, it waits and tries again for a minute.

    Parameters
    ----------
    record : Record
    actor : str
        Who has the suggestions computed.
    report : SuggestReport
        Is counted up as runs are recorded.
    first_only : bool
        Leave out runs on images that somebody else has run meanwhile.

    Attributes
    ----------
    done : int
        Results that are dealt with: recorded, left out or failed.
    """

    def __init__(
        self, record: Record, actor: str, report: SuggestReport, *, first_only: bool
    ) -> None:
        self._record = record
        self._actor = actor
        self._report = report
        self._first_only = first_only
        self._results: queue.Queue[Result | None] = queue.Queue(2 * MOST_RUNS)
        self._fault: StorageError | None = None
        self._most = 2 * LEAST_RUNS
        self._thread = threading.Thread(target=self._work, name="runs are recorded")
        self.done = 0

    def __enter__(self) -> Self:
        """Start."""
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        """Record the rest; raise what kept it from being recorded, unless there is an error."""
        self._results.put(None)
        self._thread.join()
        if kind is None and self._fault is not None:
            raise self._fault

    def take(self, result: Result) -> None:
        """Take a result to be recorded soon.

        Raises
        ------
        StorageError
            If earlier ones could not be recorded.
        """
        if self._fault is not None:
            raise self._fault
        self._results.put(result)

    def _work(self) -> None:
        going_on = True
        while going_on:
            results: list[Result] = []
            until = time.monotonic() + FLUSH_S
            while len(results) < self._most:
                try:
                    result = self._results.get(timeout=max(0.0, until - time.monotonic()))
                except queue.Empty:
                    break
                if result is None:
                    going_on = False
                    break
                results.append(result)
            if self._fault is None:  # after one, what is taken is only emptied out
                self._note(results)

    def _note(self, results: list[Result]) -> None:
        runs = [result.run for result in results if result.run is not None]
        try:
            refused = self._recorded(runs) if runs else {}
        except StorageError as error:
            self._fault = error
            return
        report = self._report
        for result in results:
            why = result.error if result.run is None else refused.get(result.run.id)
            if why:
                report.failures.append(f"{result.asset.file_name}: {why}")
            elif result.run is not None:
                report.images += 1
                report.suggestions += len(result.run.suggestions)
                report.empty += not result.run.suggestions
        self.done += len(results)

    def _recorded(self, runs: list[SuggestionRun]) -> dict[UUID, AnnotatorError]:
        begun = time.monotonic()
        while True:
            since = time.monotonic()
            try:
                refused = self._record.record_runs(
                    runs, actor=self._actor, first_only=self._first_only
                )
            except UnavailableError as error:
                if time.monotonic() - begun > _PATIENCE_S:
                    raise
                _logger.warning("%d runs wait to be recorded. %s", len(runs), error)
                time.sleep(_PAUSE_S)
            else:
                a_run_s = (time.monotonic() - since) / len(runs)
                self._most = max(LEAST_RUNS, min(MOST_RUNS, int(LONGEST_S / a_run_s)))
                return refused
