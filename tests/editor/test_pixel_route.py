"""The pixel route refuses everything but the right browser with a right, fresh address."""

from __future__ import annotations

import gzip
import http.client
import re
import threading
import time
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

import numpy as np
import pytest
import uvicorn
from patience import PATIENCE_S
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from annotator.errors import IngestError
from annotator.ui.pixel_route import PixelContent, PixelRoute, middleware
from annotator.ui.region_editor import encode_image, encode_map, kind_of

BROWSER = "the-cookie-of-this-browser"


class Server:
    """A small server with the route and the guard, without Streamlit."""

    def __init__(self, pixels: PixelRoute) -> None:
        async def page(_request: object) -> HTMLResponse:
            return HTMLResponse("<p>page</p>")

        app = Starlette(routes=[*pixels.routes(), Route("/", page)], middleware=middleware())
        config = uvicorn.Config(app, port=0, log_level="error")
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)
        self.port = self.server.servers[0].sockets[0].getsockname()[1]

    def get(self, path: str, browser: str = BROWSER, **headers: str) -> tuple[int, Message, bytes]:
        cookie = {"Cookie": f"annotator_browser={browser}"} if browser else {}
        names = {key.replace("_", "-"): value for key, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request("GET", path, headers={**cookie, **names})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(10)


@pytest.fixture
def pixels() -> PixelRoute:
    return PixelRoute(lifetime_s=3600, capacity=3)


@pytest.fixture
def server(pixels: PixelRoute) -> Iterator[Server]:
    running = Server(pixels)
    yield running
    running.stop()


def offer(pixels: PixelRoute, name: str = "image:1", body: bytes = b"pixels") -> str:
    return pixels.url_for(name, lambda: PixelContent(body, "image/png"), BROWSER)


def test_the_right_browser_gets_the_bytes(pixels, server):
    status, headers, body = server.get(offer(pixels))
    assert (status, body) == (200, b"pixels")
    assert headers["Content-Type"] == "image/png"
    assert headers["Cache-Control"].startswith("private")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize("browser", ["", "another-browser"])
def test_another_browser_gets_nothing(pixels, server, browser):
    status, headers, body = server.get(offer(pixels), browser=browser)
    assert (status, body) == (404, b"")
    assert headers["Cache-Control"] == "no-store"


def test_a_changed_address_opens_nothing(pixels, server):
    url = offer(pixels)
    base, token = url.rsplit("/", 1)
    handle, expires, signature = token.split(".")
    flipped = ("0" if signature[0] != "0" else "1") + signature[1:]
    for changed in (
        f"{handle}.{expires}.{flipped}",
        f"{handle}.{int(expires) + 3600}.{signature}",
        f"{'0' * 32}.{expires}.{signature}",
        f"{handle}.{expires}.",
        "..",
        "%2e%2e%2fetc%2fpasswd",
        handle,
    ):
        status, _, body = server.get(f"{base}/{changed}")
        assert (status, body) in ((404, b""), (404, b"Not Found")), changed


def test_an_address_runs_out(pixels, server, monkeypatch):
    url = offer(pixels)
    now = time.time()
    monkeypatch.setattr("annotator.ui.pixel_route.time.time", lambda: now + 3599)
    assert server.get(url)[0] == 200
    monkeypatch.setattr("annotator.ui.pixel_route.time.time", lambda: now + 7201)
    assert server.get(url)[0] == 404


def test_another_process_signs_otherwise(pixels, server):
    offer(pixels)
    assert server.get(offer(PixelRoute(lifetime_s=3600)))[0] == 404


def test_an_address_says_nothing_of_its_content_and_stays_the_same(pixels):
    url = offer(pixels, name="image:patient-7")
    assert "patient" not in url
    assert re.fullmatch(r"/pixels/[0-9a-f]{32}\.[0-9]+\.[0-9a-f]{64}", url)
    assert offer(pixels, name="image:patient-7") == url


def test_known_pixels_are_not_sent_twice(pixels, server):
    made = []

    def produce() -> PixelContent:
        made.append(1)
        return PixelContent(b"pixels", "image/png")

    url = pixels.url_for("image:1", produce, BROWSER)
    assert made == []
    tag = server.get(url)[1]["ETag"]
    status, _, body = server.get(url, If_None_Match=tag)
    assert (status, body, made) == (304, b"", [1])


def test_pixels_that_cannot_be_read_are_no_crash_and_tell_nothing(pixels, server, caplog):
    def fail() -> PixelContent:
        raise IngestError("/secret/patient.dcm is gone")

    status, _, body = server.get(pixels.url_for("image:1", fail, BROWSER))
    assert (status, body) == (503, b"")
    assert "patient" not in caplog.text
    assert "IngestError" in caplog.text


def test_only_so_many_are_on_offer(pixels, server):
    urls = [offer(pixels, name=f"image:{k}") for k in range(4)]
    assert [server.get(url)[0] for url in urls] == [404, 200, 200, 200]


def test_a_browser_is_named_once_by_a_cookie_that_scripts_cannot_read(server):
    cookie = server.get("/", browser="")[1]["Set-Cookie"]
    assert re.match(r"annotator_browser=[\w-]{32}; ", cookie)
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert server.get("/")[1]["Set-Cookie"] is None


def test_the_policy_reaches_nothing_but_this_server(server):
    policy = server.get("/")[1]["Content-Security-Policy"]
    directives = dict(part.split(" ", 1) for part in policy.split("; "))
    assert directives["default-src"] == "'self'"
    assert "unsafe" not in directives["script-src"]
    assert re.search(r"'sha256-[\w+/]+='", directives["script-src"])
    assert directives["connect-src"] == "'self'"
    assert not re.search(r"https?:|\*", policy)


def test_sixteen_bits_travel_whole(pixels, server):
    film = np.arange(6, dtype=np.uint16).reshape(2, 3) * 10_000
    assert kind_of(16) == "grey16"
    url = pixels.url_for("film", lambda: encode_image(film), BROWSER)
    _, headers, body = server.get(url)
    assert headers["Content-Encoding"] == "gzip"
    sent = np.frombuffer(gzip.decompress(body), dtype="<u2").reshape(2, 3)
    np.testing.assert_array_equal(sent, film)


@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 3)])
def test_eight_bits_travel_as_a_lossless_picture(shape, tmp_path: Path):
    from PIL import Image

    picture = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    content = encode_image(picture)
    path = tmp_path / "picture.png"
    path.write_bytes(content.body)
    with Image.open(path) as read:
        np.testing.assert_array_equal(np.asarray(read), picture)
    assert kind_of(8) == "png8"


def test_what_cannot_be_shown_is_refused():
    with pytest.raises(ValueError, match="float64"):
        encode_image(np.zeros((2, 2)))
    with pytest.raises(ValueError, match="shape"):
        encode_image(np.zeros((2, 2, 4), dtype=np.uint8))


def test_maps_use_the_whole_range_and_an_empty_map_is_black(tmp_path: Path):
    from PIL import Image

    for values, expected in (
        (np.array([[0.0, 0.001], [0.002, 0.004]], dtype=np.float32), [[0, 64], [128, 255]]),
        (np.zeros((2, 2), dtype=np.float32), [[0, 0], [0, 0]]),
    ):
        path = tmp_path / "map.png"
        path.write_bytes(encode_map(values).body)
        with Image.open(path) as read:
            np.testing.assert_array_equal(np.asarray(read), expected)
