"""Fetching weights: from a server that stands in for the network, and that misbehaves."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import torch
from onnx_files import small_net
from safetensors.torch import save_file

from annotator import cli
from models.architectures import load_network
from models.card import ModelCard, load_card
from models.downloads import fetch_weights
from models.errors import CardError, CheckpointError, DownloadError

DATA = small_net()
SHA256 = hashlib.sha256(DATA).hexdigest()
CARD = """
name = "far-away"
version = "1"
title = "Weights from elsewhere"
description = "A test."
activation = "softmax"
map_layer = "second"
training_data = "None."
intended_use = "Tests."
limits = "All."
[architecture]
name = "onnx"
[weights]
url = "{url}"
sha256 = "{sha256}"
licence = "Apache-2.0"
source = "A test's server."
{more}
[input]
width = 8
height = 8
channels = 3
mean = [0.5, 0.5, 0.5]
std = [0.25, 0.25, 0.25]
[[targets]]
scheme = "dots"
code = "left"
meaning = "a dot on the left"
[[targets]]
scheme = "dots"
code = "right"
meaning = "a dot on the right"
"""


class Network:
    """What the server does, and what it was asked."""

    def __init__(self) -> None:
        self.data = DATA
        self.break_after: list[int] = []  # bytes of each answer in turn after which it hangs up
        self.knows_ranges = True
        self.status: int | None = None
        self.location: str | None = None
        self.asked: list[tuple[str, str | None]] = []

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        wanted = request.headers.get("Range")
        self.asked.append((request.path, wanted))
        if self.location is not None:
            request.send_response(302)
            request.send_header("Location", self.location)
            request.end_headers()
            return
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        start = start if self.knows_ranges else 0
        if start >= len(self.data):
            request.send_response(416)
            request.send_header("Content-Range", f"bytes */{len(self.data)}")
            request.end_headers()
            return
        body = self.data[start:]
        request.send_response(self.status or (206 if start else 200))
        if start:
            last = len(self.data) - 1
            request.send_header("Content-Range", f"bytes {start}-{last}/{len(self.data)}")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body[: self.break_after.pop(0)] if self.break_after else body)


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
def server(network: Network, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            network.answer(self)

        def log_message(self, *_: Any) -> None:
            pass

    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/net.onnx"
        running.shutdown()


Cards = Callable[..., ModelCard]


@pytest.fixture
def card_for(tmp_path: Path) -> Cards:
    def write(url: str, sha256: str = SHA256, more: str = "") -> ModelCard:
        path = tmp_path / "far-away.toml"
        path.write_text(CARD.format(url=url, sha256=sha256, more=more))
        return load_card(path, tmp_path / "weights")

    return write


def quietly(_have: int, _total: int) -> None:
    pass


def fetched(card: ModelCard) -> bytes:
    fetch_weights(card, quietly)
    assert card.weights.file is not None
    assert not card.weights.file.with_name("net.onnx.part").exists()
    return card.weights.file.read_bytes()


def test_a_file_is_fetched_once_with_progress(
    server: str, network: Network, card_for: Cards
) -> None:
    card, seen = card_for(server, more=f"size_bytes = {len(DATA)}"), []

    found = fetch_weights(card, lambda have, total: seen.append((have, total)))

    assert (found.sha256, found.size_bytes, found.accepted) == (SHA256, len(DATA), True)
    assert seen[-1] == (len(DATA), len(DATA))
    assert fetched(card) == DATA
    assert len(network.asked) == 1
    assert load_network(card)(torch.zeros(2, 3, 8, 8)).shape == (2, 2)


def test_it_goes_on_where_the_connection_broke(
    server: str, network: Network, card_for: Cards
) -> None:
    network.break_after = [100, 50]

    assert fetched(card_for(server)) == DATA
    assert [wanted for _, wanted in network.asked] == [None, "bytes=100-", "bytes=150-"]


def test_what_arrived_is_kept_for_the_next_call(
    server: str, network: Network, card_for: Cards
) -> None:
    network.break_after = [100, 0]
    card = card_for(server)

    with pytest.raises(DownloadError, match=r"after 100 bytes, which are kept.*models fetch"):
        fetch_weights(card, quietly)
    assert not card.present
    assert fetched(card) == DATA
    assert network.asked[-1][1] == "bytes=100-"


def test_a_server_without_ranges_begins_again(
    server: str, network: Network, card_for: Cards
) -> None:
    network.break_after, network.knows_ranges = [100], False

    assert fetched(card_for(server)) == DATA


def test_another_file_is_thrown_away(server: str, network: Network, card_for: Cards) -> None:
    network.data = DATA[:-1] + bytes([DATA[-1] ^ 1])
    card = card_for(server)

    with pytest.raises(DownloadError, match=f"the model card names {SHA256}"):
        fetch_weights(card, quietly)
    assert card.weights.file is not None
    assert list(card.weights.file.parent.iterdir()) == []
    network.data = DATA
    assert fetched(card) == DATA


def test_the_beginning_of_another_file_is_given_up(
    server: str, network: Network, card_for: Cards
) -> None:
    card = card_for(server)
    assert card.weights.file is not None
    card.weights.file.parent.mkdir(parents=True)
    card.weights.file.with_name("net.onnx.part").write_bytes(b"x" * (len(DATA) + 5))

    assert fetched(card) == DATA


def test_another_size_is_refused_before_it_is_taken(server: str, card_for: Cards) -> None:
    card = card_for(server, more=f"size_bytes = {len(DATA) + 1}")
    with pytest.raises(DownloadError, match=r"it is another file"):
        fetch_weights(card, quietly)
    card = card_for(server, more="size_bytes = 10")
    with pytest.raises(DownloadError, match=r"more than the 10"):
        fetch_weights(card, quietly)


def test_a_missing_file_is_said(server: str, network: Network, card_for: Cards) -> None:
    network.status = 404
    with pytest.raises(DownloadError, match=r"127\.0\.0\.1 answers 404.*--from FILE"):
        fetch_weights(card_for(server), quietly)


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "http://example.org/net.onnx", "ftp://localhost/net.onnx"],
)
def test_a_redirect_that_leaves_https_is_not_followed(
    server: str, network: Network, card_for: Cards, location: str
) -> None:
    network.location = location
    with pytest.raises(DownloadError, match="only https:// is fetched from"):
        fetch_weights(card_for(server), quietly)


def test_redirects_end(server: str, network: Network, card_for: Cards) -> None:
    network.location = server
    with pytest.raises(DownloadError, match="leads on more than 5 times"):
        fetch_weights(card_for(server), quietly)


def test_offline_is_said_with_the_way_round_it(card_for: Cards) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/net.onnx"
        with pytest.raises(DownloadError, match=r"cannot reach 127.*offline.*--from FILE.*PROXY"):
            fetch_weights(card_for(url), quietly)


def test_the_environments_proxy_is_used(
    server: str, network: Network, card_for: Cards, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("http_proxy", server.removesuffix("/net.onnx"))
    far = "http://localhost:9/net.onnx"

    assert fetched(card_for(far)) == DATA
    assert network.asked == [(far, None)]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://example.org/net.onnx", "only https://"),
        ("file:///etc/net.onnx", "only https://"),
        ("https://me:secret@example.org/net.onnx", "a name or a password"),
        ("https://example.org/", "name of a file"),
        ("https://example.org/..onnx", "name of a file"),
    ],
)
def test_addresses_that_a_card_may_not_name(card_for: Cards, url: str, says: str) -> None:
    with pytest.raises(CardError, match=says):
        card_for(url)


def test_a_file_that_was_brought_is_checked_as_well(tmp_path: Path, card_for: Cards) -> None:
    card, brought = card_for("https://example.org/net.onnx"), tmp_path / "brought.bin"
    brought.write_bytes(b"something else")

    with pytest.raises(DownloadError, match="another file"):
        fetch_weights(card, quietly, source=brought)
    with pytest.raises(DownloadError, match=r"no file gone\.onnx"):
        fetch_weights(card, quietly, source=tmp_path / "gone.onnx")
    brought.write_bytes(DATA)
    assert fetch_weights(card, quietly, source=brought).accepted
    assert card.present


def test_a_hash_that_the_card_does_not_know_must_be_accepted_by_a_person(
    server: str, network: Network, card_for: Cards
) -> None:
    card = card_for(server, "unknown")

    found = fetch_weights(card, quietly)
    assert (found.sha256, found.accepted, card.present) == (SHA256, False, False)
    with pytest.raises(CheckpointError, match="annotator models fetch"):
        load_network(card)
    with pytest.raises(DownloadError, match="you accept"):
        fetch_weights(card, quietly, accept="0" * 64)
    assert fetch_weights(card, quietly, accept=SHA256.upper()).accepted
    assert card_for(server, "unknown").weights.sha256 == SHA256
    load_network(card_for(server, "unknown"))


def test_a_pickled_module_is_not_fetched_and_what_came_of_it_is_taken(
    tmp_path: Path, network: Network, server: str
) -> None:
    text = CARD.format(
        url=server.replace(".onnx", ".pt"),
        sha256=SHA256,
        more='convert = "Save it as net.safetensors."',
    )
    path = tmp_path / "far-away.toml"
    path.write_text(text.replace('"onnx"', '"resnet18"').replace('"second"', '"layer3"'))
    card = load_card(path, tmp_path / "weights")

    with pytest.raises(DownloadError, match=rf"run any code.*\n.*{SHA256}\n.*\n.*--from"):
        fetch_weights(card, quietly)
    assert network.asked == []
    (tmp_path / "original.pt").write_bytes(DATA)
    with pytest.raises(DownloadError, match="run any code"):
        fetch_weights(card, quietly, source=tmp_path / "original.pt")

    converted = tmp_path / "net.safetensors"
    save_file({"weight": torch.ones(2)}, converted)
    offered = fetch_weights(card, quietly, source=converted)
    assert not offered.accepted
    fetch_weights(card, quietly, source=converted, accept=offered.sha256)
    with pytest.raises(CheckpointError, match="do not fit"):  # read, at last, as tensors
        load_network(load_card(path, tmp_path / "weights"))


def test_the_command_fetches_and_the_card_is_ready(
    tmp_path: Path,
    server: str,
    card_for: Cards,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("ANNOTATOR_HOME", str(tmp_path / "home"))
    card_for(server, "unknown")
    path = str(tmp_path / "far-away.toml")

    assert cli.main(["models", "check", path]) == 1
    assert f"annotator models fetch {path}" in capsys.readouterr().out
    assert cli.main(["models", "fetch", path]) == 1
    assert f"annotator models fetch {path} --accept {SHA256}" in capsys.readouterr().err
    assert cli.main(["models", "fetch", path, "--accept", SHA256]) == 0
    assert f"{len(DATA):,} bytes" in capsys.readouterr().out
    assert cli.main(["models", "check", path]) == 0, capsys.readouterr().out
