"""The real app as a process of its own, on its own data, that a test may kill."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

START_SECONDS = 60


def wait_for(condition: Callable[[], Any], what: str, seconds: float = 60) -> Any:
    """Return the condition's value as soon as it is true."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"waited {seconds} s in vain for {what}")


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "ANNOTATOR_HOME": str(self.home), "ANNOTATOR_RATER": "tester"}

    def annotator(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command line on the same data."""
        command = [sys.executable, "-m", "annotator.cli", *arguments]
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False
        )

    def start(self, *options: str) -> float:
        """Start it and wait until it answers; return the seconds that took."""
        command = [sys.executable, "-m", "annotator.cli", "app", "--port", str(self.port), *options]
        self.home.mkdir(parents=True, exist_ok=True)
        begun = time.monotonic()
        with (self.home / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        while time.monotonic() - begun < START_SECONDS:
            if self._answers():
                return time.monotonic() - begun
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise AssertionError((self.home / "server.log").read_text())

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except OSError:
            return False

    def kill(self) -> None:
        """End it, and what it started, as a power cut would."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
            self.process = None
