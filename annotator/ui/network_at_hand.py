"""A project's network, loaded behind the page, so that the first "why" need not wait for it."""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import Callable, Mapping

from annotator.errors import AnnotatorError
from annotator.settings import Settings
from annotator.ui.installation import installation
from annotator.workflows.networks import card_as_it_is, prepare_networks
from annotator.workflows.suggesting import figures_by_label

_LOG = logging.getLogger(__name__)
_AFTER_S = 1.5
"""Loading starts when the page has been delivered: both want the same processor."""
_AFTER_START_S = 2.0
"""As much as the first page takes: whoever waits for it should not wait for this as well."""


class NetworksAtHand:
    """Loads networks in the background, each once, and knows what was measured of them."""

    def __init__(self) -> None:
        self._figures: dict[tuple[str, str], Mapping[str, str]] = {}  # by card and its digest
        self._lock = threading.Lock()

    def prepare(self) -> None:
        """See that what all networks need is imported behind the first page.

        Called when the server starts: importing holds other threads up, and would do so in the
        middle of somebody's work if it waited for the first network.
        """
        _later(_AFTER_START_S, self._prepare)

    def figures(self, model: str | None, settings: Settings) -> Mapping[str, str]:
        """Return what was measured of each label, and see that the network gets loaded.

        Parameters
        ----------
        model : str or None
            Name of its card; None for a project without a model.
        settings : Settings

        Returns
        -------
        mapping of str to str
            By label, a line such as ``AUC 0.97 (n = 459) · pointing 0.81 (n = 213)``; empty
            until the network is there, and for networks nobody measured by label.
        """
        if model is None:
            return {}
        card = model, card_as_it_is(model)
        with self._lock:
            begun = card in self._figures
            figures = self._figures.setdefault(card, {})
        if not begun:
            _later(_AFTER_S, self._load, card, settings)
        return figures

    def _prepare(self) -> None:
        try:
            workspace = installation()
            if not any(project.model_name for project in workspace.record.projects()):
                return
            prepare_networks(workspace.settings)
        except AnnotatorError as error:
            # Said in full by the first page, or when a network is asked.
            _LOG.warning("networks could not be prepared: %s", type(error).__name__)
            return
        gc.freeze()

    def _load(self, card: tuple[str, str], settings: Settings) -> None:
        try:
            figures = figures_by_label(card[0], settings)
        except AnnotatorError as error:
            # Said to the person in full when they ask for a map; here nobody waits for it.
            _LOG.warning("a network could not be loaded ahead: %s", type(error).__name__)
            return
        with self._lock:
            self._figures[card] = figures
        gc.freeze()  # what came with it stays, and need not be walked by the garbage collector


def _later(seconds: float, act: Callable[..., None], *arguments: object) -> None:
    timer = threading.Timer(seconds, act, arguments)
    timer.daemon = True
    timer.start()


NETWORKS = NetworksAtHand()
"""Those of this process."""
