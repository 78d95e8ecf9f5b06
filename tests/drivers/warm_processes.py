"""Python processes that begin with the product imported, for tests that start and kill servers.

To import what a server of the app needs takes seconds of processor time, to fork a process that
has imported it hundredths. The process they are forked from is a new interpreter that only
imports, one to each process of the tests; what is forked from it reads its environment, arguments
and settings anew, as a new interpreter would.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import ModuleType

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    [
        "annotator.cli",
        "annotator.export",
        "annotator.formats",
        "annotator.suggest.suggester",
        "annotator.ui.classifier_card",
        "annotator.ui.editor_desk",
        "annotator.ui.import_panel",
        "annotator.ui.job_panel",
        "annotator.ui.network_at_hand",
        "annotator.ui.project_settings",
        "annotator.ui.reading_settings",
        "annotator.ui.sign_in.account_routes",
        "annotator.ui.take_over_form",
        "annotator.workflows.backing_up",
        "annotator.workflows.demo",
        "models.torchvision_on_cpu",
        "pandas",
        "streamlit.web.bootstrap",
        "streamlit.web.cli",
        "streamlit.web.server.starlette",
        "torch.fx.experimental.symbolic_shapes",
        "uvicorn.main",
    ]
)


def begin(
    program: Callable[..., object],
    *arguments: object,
    environment: Mapping[str, str] | None = None,
    stdout: Path | None = None,
    stderr: Path | None = None,
) -> BaseProcess:
    """Begin a process that calls a function, in a session of its own.

    Parameters
    ----------
    program : callable
        A function of a module; what it returns is the exit status.
    *arguments : object
    environment : mapping of str to str, optional
        In place of this process's.
    stdout, stderr : Path, optional
        Files to add what it prints to; `stderr` is where `stdout` is unless it is given.
    """
    printed = tuple(str(path) if path else None for path in (stdout, stderr or stdout))
    given = dict(os.environ if environment is None else environment)
    process = _CONTEXT.Process(
        target=_called, args=(program, arguments, given, printed), daemon=True
    )
    with _without_a_main_module():
        process.start()
    return process


@contextlib.contextmanager
def _without_a_main_module() -> Iterator[None]:
    """Have a process begin without what this one began with.

    It would run that anew; and Streamlit's AppTest leaves the page that it ran last there.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _called(
    program: Callable[..., object],
    arguments: tuple[object, ...],
    environment: dict[str, str],
    printed: tuple[str | None, str | None],
) -> None:
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    for number, path in enumerate(printed, 1):
        if path is not None:
            opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            os.dup2(opened, number)
            os.close(opened)
    sys.exit(program(*arguments))  # type: ignore[arg-type]


def streamlit(arguments: list[str]) -> None:
    """Do what ``python -m streamlit`` does."""
    from streamlit.web.cli import main

    main(arguments, prog_name="streamlit")


def annotator(arguments: list[str]) -> int:
    """Do what ``annotator`` does; where that becomes a server by another program, so does this."""
    from annotator.cli import main

    os.execv = lambda _path, command: streamlit(command[3:])  # type: ignore[assignment,misc,return-value]
    return main(arguments)
