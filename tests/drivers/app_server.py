"""The real app as a process of its own, on its own data, that a test may kill."""

from __future__ import annotations

import fcntl
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import IO

import warm_processes
from patience import PATIENCE_S

_PORTS = range(20_000, 30_000)
_RESERVED: list[IO[str]] = []


def free_port() -> int:
    """Return a port of this machine that nobody listens on, and that no other test is given.

    Below those that a system hands out by itself: to them belong the near ends of connections too,
    and a browser that asks again and again for a server that was killed may be given its port.
    """
    folder = Path(tempfile.gettempdir()) / f"annotator-test-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    for port in random.sample(_PORTS, len(_PORTS)):
        reserved = (folder / str(port)).open("w")
        try:
            fcntl.flock(reserved, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
        except OSError:
            reserved.close()
            continue
        _RESERVED.append(reserved)
        return port
    raise AssertionError("no port is free")


def listens(port: int) -> bool:
    """Tell whether somebody listens on a port of this machine."""
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class AppServer:
    """``annotator app`` with a data folder of its own.

    Parameters
    ----------
    home : Path
        The data folder; a second server on the same folder finds what the first one kept.
    port : int, optional
        Where it answers; a free one unless it is given.
    """

    def __init__(self, home: Path, port: int | None = None) -> None:
        self.home = home
        self.port = port or free_port()
        self.process: subprocess.Popen[bytes] | BaseProcess | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "ANNOTATOR_HOME": str(self.home), "ANNOTATOR_RATER": "tester"}

    def annotator(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command line on the same data."""
        with tempfile.TemporaryDirectory() as folder:
            out, err = Path(folder) / "out", Path(folder) / "err"
            process = warm_processes.begin(
                warm_processes.annotator,
                list(arguments),
                environment=self.environment,
                stdout=out,
                stderr=err,
            )
            process.join()
            status = -1 if process.exitcode is None else process.exitcode
            return subprocess.CompletedProcess(arguments, status, out.read_text(), err.read_text())

    def start(self, *options: str, anew: bool = False) -> float:
        """Start it and wait until it answers; return the seconds that took.

        Parameters
        ----------
        *options : str
            Of ``annotator app``.
        anew : bool
            With an interpreter of its own, as people start it; otherwise one that has imported
            the product already.
        """
        arguments = ["app", "--port", str(self.port), *options]
        self.home.mkdir(parents=True, exist_ok=True)
        log = self.home / "server.log"
        begun = time.monotonic()
        if anew:
            with log.open("ab") as output:
                self.process = subprocess.Popen(
                    [sys.executable, "-m", "annotator.cli", *arguments],
                    env=self.environment,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
        else:
            self.process = warm_processes.begin(
                warm_processes.annotator, arguments, environment=self.environment, stdout=log
            )
        while time.monotonic() - begun < PATIENCE_S:
            if self._answers():
                return time.monotonic() - begun
            if has_ended(self.process):
                break
            time.sleep(0.1)
        raise AssertionError(log.read_text())

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=5) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except OSError:
            return False

    @contextmanager
    def worker_halted(self) -> Iterator[None]:
        """Wait for the worker that it starts, and let it do nothing meanwhile."""
        worker = self._worker()
        os.kill(worker, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(worker, signal.SIGCONT)

    def _worker(self) -> int:
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task")
        begun = time.monotonic()
        while time.monotonic() - begun < PATIENCE_S:
            for listed in children.glob("*/children"):
                for pid in map(int, listed.read_text().split()):
                    if b"\0work\0" in Path(f"/proc/{pid}/cmdline").read_bytes():
                        return pid
            time.sleep(0.02)
        raise AssertionError("the app started no worker")

    def kill(self) -> None:
        """End it, and what it started, as a power cut would."""
        if self.process is not None:
            kill_session(self.process)
            self.process = None


def has_ended(process: subprocess.Popen[bytes] | BaseProcess) -> bool:
    """Tell whether a process is over."""
    if isinstance(process, BaseProcess):
        return not process.is_alive()
    return process.poll() is not None


def kill_session(process: subprocess.Popen[bytes] | BaseProcess) -> None:
    """Kill a process that leads a session of its own, with what it started."""
    assert process.pid is not None
    os.killpg(process.pid, signal.SIGKILL)
    process.join(PATIENCE_S) if isinstance(process, BaseProcess) else process.wait(PATIENCE_S)
