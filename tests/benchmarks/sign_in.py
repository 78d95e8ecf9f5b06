# ruff: noqa: T201
"""How long a signed-in person's page takes while many others sign in at once.

    python tests/benchmarks/sign_in.py [--at-once 80] [--hang-up]

Prints the page's times alone, meanwhile and after; exits 1 if it took longer than a second.
With ``--hang-up`` the callers leave at once, and what is left of their tries is what is measured.
"""

from __future__ import annotations

import argparse
import os
import re
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parents[1] / "drivers"))

from app_server import AppServer

WORDS = "four words in a row"
LONGEST_S = 1.0


class Caller:
    """Asks the server by plain sockets, so that it can hang up."""

    def __init__(self, port: int) -> None:
        self.port = port

    def _open(
        self, method: str, path: str, fields: dict[str, str], cookie: str = "", address: str = ""
    ) -> socket.socket:
        body = urlencode(fields)
        head = [
            f"{method} {path} HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            f"Origin: http://127.0.0.1:{self.port}",
            "Accept: text/html",
            "Connection: close",
            f"Cookie: {cookie}",
            f"X-Forwarded-For: {address}",  # believed from this machine
            "Content-Type: application/x-www-form-urlencoded",
            f"Content-Length: {len(body)}",
        ]
        line = socket.create_connection(("127.0.0.1", self.port), timeout=120)
        line.sendall(("\r\n".join(head) + "\r\n\r\n" + body).encode())
        return line

    def ask(
        self,
        method: str,
        path: str,
        fields: dict[str, str] | None = None,
        *,
        cookie: str = "",
        address: str = "",
    ) -> tuple[int, str]:
        """Return status and the whole answer."""
        answer = b""
        with self._open(method, path, fields or {}, cookie, address) as line:
            while part := line.recv(65536):
                answer += part
        text = answer.decode("utf-8", "replace")
        return int(text.split(" ", 2)[1]), text

    def hang_up(self, path: str, fields: dict[str, str], address: str) -> int:
        """Ask, and leave without waiting for the answer."""
        self._open("POST", path, fields, address=address).close()
        return 0


def joined(server: AppServer, name: str) -> tuple[Caller, str]:
    """Have the first admin join; return who asks, and the session's cookie."""
    log = (server.home / "server.log").read_text()
    (code,) = re.findall(r"/account/join\?code=(\S+)", log)
    caller = Caller(server.port)
    fields = {"code": code, "name": name, "password": WORDS, "again": WORDS}
    status, answer = caller.ask("POST", "/account/join", fields)
    assert status == 303, status
    (token,) = re.findall(r"(annotator_session=[^;]+)", answer)
    return caller, token


def page_s(caller: Caller, cookie: str) -> float:
    """Return how long the page of an account takes: the gate, a look-up, and a thread."""
    begun = time.monotonic()
    status, _ = caller.ask("GET", "/account/", cookie=cookie)
    assert status == 200, status
    return time.monotonic() - begun


def crowd(caller: Caller, at_once: int, hang_up: bool) -> tuple[list[threading.Thread], Counter]:
    """Begin as many sign-ins; the second value counts their answers as they come."""
    answers: Counter[int] = Counter()

    def sign_in(number: int) -> None:
        fields = {"name": f"somebody {number}", "password": "wrong"}
        path, address = "/account/sign-in", f"198.51.100.{number % 250}"
        if hang_up:
            answers[caller.hang_up(path, fields, address)] += 1
        else:
            answers[caller.ask("POST", path, fields, address=address)[0]] += 1

    threads = [threading.Thread(target=sign_in, args=(n,)) for n in range(at_once)]
    for thread in threads:
        thread.start()
    return threads, answers


def measured(server: AppServer, at_once: int, hang_up: bool) -> float:
    """Print the times, and return the longest while the crowd signs in, in seconds."""
    caller, cookie = joined(server, "Ada")
    alone = [page_s(caller, cookie) for _ in range(10)]
    begun = time.monotonic()
    threads, answers = crowd(caller, at_once, hang_up)
    during = [page_s(caller, cookie)]
    while any(thread.is_alive() for thread in threads):
        during.append(page_s(caller, cookie))
    crowd_s = time.monotonic() - begun
    after = [page_s(caller, cookie) for _ in range(10)]
    for name, times in (("alone", alone), ("meanwhile", during), ("after", after)):
        print(
            f"{name:>10}: {len(times)} pages, median {statistics.median(times) * 1e3:.0f} ms, "
            f"longest {max(times) * 1e3:.0f} ms"
        )
    print(f"{at_once} sign-ins took {crowd_s:.1f} s; answers {dict(answers)}")
    return max(during + after)


def main() -> int:
    """Measure on a server of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at-once", type=int, default=80)
    parser.add_argument("--hang-up", action="store_true")
    options = parser.parse_args()
    os.environ["ANNOTATOR_SIGN_IN"] = "accounts"
    with tempfile.TemporaryDirectory() as folder:
        server = AppServer(Path(folder) / "home")
        server.start("--no-demo", anew=True)
        try:
            longest = measured(server, options.at_once, options.hang_up)
        finally:
            server.kill()
    return 0 if longest <= LONGEST_S else 1


if __name__ == "__main__":
    sys.exit(main())
