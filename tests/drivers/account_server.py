"""The routes for accounts, served on a port, browsers at them, and passwords that are good."""

from __future__ import annotations

import http.client
import threading
import time
from dataclasses import dataclass, field
from email.message import Message
from urllib.parse import urlencode

import uvicorn
from patience import PATIENCE_S
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute

from annotator.settings import SignIn
from annotator.ui.editor_desk import LINE
from annotator.ui.pixel_route import PixelRoute, middleware
from annotator.ui.sign_in.account_routes import account_routes
from annotator.ui.sign_in.gate import gate
from annotator.workflows.people import account_named, new_link
from annotator.workflows.signing_in import join_with_password

WORDS = "four words in a row"
OTHER = "other words in a row"


@dataclass
class Browser:
    """A client with cookies, that says where a form was sent from as browsers do."""

    port: int
    cookies: dict[str, str] = field(default_factory=lambda: {"annotator_browser": "b" * 32})
    address: str = ""  # a proxy's word for it

    def ask(
        self, method: str, path: str, body: str = "", **headers: str
    ) -> tuple[int, Message, str]:
        sent = {name.replace("_", "-"): value for name, value in headers.items() if value}
        sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if self.address:
            sent["X-Forwarded-For"] = self.address
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request(method, path, body.encode() or None, sent)
            answer = connection.getresponse()
            for given in answer.headers.get_all("Set-Cookie") or ():
                name, value = given.split(";")[0].split("=", 1)
                self.cookies[name] = value
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> tuple[int, Message, str]:
        return self.ask("GET", path, **headers)

    def post(self, path: str, origin: str | None = None, **fields: str):
        own = f"http://127.0.0.1:{self.port}" if origin is None else origin
        kind = "application/x-www-form-urlencoded"
        return self.ask("POST", path, urlencode(fields), Origin=own, Content_Type=kind)


class Served:
    """The routes and the gate around a stand-in for what Streamlit serves."""

    def __init__(self, pixels: PixelRoute, mode: SignIn) -> None:
        async def anything(_request: object) -> PlainTextResponse:
            return PlainTextResponse("inside")

        async def stream(socket) -> None:
            await socket.accept()
            await socket.close()

        routes = [
            *pixels.routes(),
            *account_routes(),
            *LINE.routes(),
            WebSocketRoute("/_stcore/stream", stream),
            Route("/{rest:path}", anything, methods=["GET", "POST", "PUT"]),
        ]
        app = Starlette(routes=routes, middleware=[*middleware(), gate(mode)])
        self.server = uvicorn.Server(
            uvicorn.Config(app, port=0, log_level="error", ws="websockets-sansio")
        )
        self.thread = threading.Thread(target=self.server.run)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)
        self.port = self.server.servers[0].sockets[0].getsockname()[1]


def signed_in(team, browser: Browser, who: str) -> Browser:
    """A browser of its own, signed in as somebody by the route."""
    name = f"the {who}"
    code = new_link(team.workspace, account_named(team.workspace, name).id).code
    join_with_password(team.workspace, code, "", WORDS)
    fresh = Browser(browser.port, {"annotator_browser": who[0] * 32})
    assert fresh.post("/account/sign-in", name=name, password=WORDS)[0] == 303
    return fresh
