"""The editor's own line to the server: acts, images and questions, without a run of the page.

A request is answered for one reader of one project: a token that the page was drawn with says
which (signed, and good in the browser it was drawn for only), the browser's cookies say who is
signed in. Tokens end with the process: the browser then has the page drawn anew, which brings it
another. What is asked is answered by a `Desk`, in threads of the line's own, so that acts wait
neither for pages nor for a network.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

import anyio
import anyio.to_thread
from starlette.responses import Response
from starlette.routing import Route

from annotator.domain import BoundingBox, Region, region_from_json
from annotator.errors import AnnotatorError, SignInError

from ..pixel_route import browser_of
from ..sign_in.browser_token import base_path, is_from_this_server
from .acts import AnyAct, Saved
from .values import EditorContent, MapOverlay, RegionJson
from .verdicts import verdicts

if TYPE_CHECKING:
    from starlette.requests import Request

_HEADER = "x-annotator-line"
_PATH = "/line"
_LIFETIME_S = 24 * 3600
_LARGEST_BODY_BYTES = 32 * 2**20
"""A mask of noise on a film of 3,000 x 3,000 px has 4.5 million characters."""
_MOST_ACTS = 50
"""As many as the browser sends at once."""
_WORKERS, _SLOW_WORKERS = 8, 2


@dataclass(frozen=True, slots=True)
class LinePass:
    """What a line was opened for.

    Attributes
    ----------
    project : str
        Id of the project.
    rater : str
        Under whose name its acts are recorded.
    queue : str
        The order and filters of the queue, in the words of whoever opened it.
    """

    project: str
    rater: str
    queue: str = ""


class Desk(Protocol):
    """What one reader can ask of the record. Every method may raise `AnnotatorError`."""

    def save(self, acts: Sequence[AnyAct]) -> Saved:
        """Record acts, each by itself; one that is recorded already counts as recorded."""

    def image(self, document: str) -> EditorContent:
        """Return what the reader may see of an image."""

    def sign(
        self,
        document: str,
        reading: str | None,
        then: str | None,
        seen: Sequence[str] | None,
        act_id: str | None,
    ) -> EditorContent:
        """Sign the reading of an image that is before the reader, and return the next image.

        `seen` are the acts that are before the reader; None, as `act_id` everywhere, from a page
        of an earlier version.
        """

    def frame(self, document: str, place: int) -> EditorContent:
        """Return the frame at a place, from 1, of the file that an image is a frame of."""

    def why(self, document: str, label: str, against: str) -> MapOverlay:
        """Return the map of a label against a rival."""

    def fit(self, document: str, region: Region) -> RegionJson:
        """Return a region as it follows the edges on an image; nothing is recorded."""

    def faces(self, document: str) -> Sequence[RegionJson]:
        """Find the faces on an image."""

    def choose_face(self, document: str, box: BoundingBox) -> None:
        """Have a face of an image read."""

    def reopen(self, document: str, reason: str, act_id: str | None) -> None:
        """Open the signed reading of an image again."""

    def question(self, document: str, act: str, text: str, act_id: str | None) -> None:
        """Ask the rater of an act about it."""


OpenDesk = Callable[[LinePass, Mapping[str, str]], Desk]
"""Given the pass and the browser's cookies; raises `SignInError` where nobody is signed in."""

OnRecord = Callable[[LinePass, Sequence[str]], Collection[str]]
"""Given the pass and ids of acts: which of them are on record, of whom the line was opened for."""

_Answer = Callable[[Desk, "_Message"], dict[str, Any]]


class EditorLine:
    """Passes for lines, and the route that answers them.

    Parameters
    ----------
    open_desk, on_record : callable
    """

    def __init__(self, open_desk: OpenDesk, on_record: OnRecord) -> None:
        self._open_desk = open_desk
        self._on_record = on_record
        self._secret = secrets.token_bytes(32)
        self._workers = anyio.CapacityLimiter(_WORKERS)
        # Networks take seconds: acts do not wait behind them.
        self._slow_workers = anyio.CapacityLimiter(_SLOW_WORKERS)

    def open(self, opened: LinePass, browser: str) -> dict[str, str]:
        """Return the address and the token of a line, for the browser that holds these cookies."""
        # Whole stretches of time, so that a page that is drawn again has the same token.
        expires = (int(time.time()) // _LIFETIME_S + 2) * _LIFETIME_S
        payload = base64.urlsafe_b64encode(json.dumps([*_fields(opened), expires]).encode())
        token = f"{payload.decode()}.{self._signature(payload, browser)}"
        return {"address": f"{base_path()}{_PATH}/", "token": token}

    def routes(self) -> list[Route]:
        """Return the routes to hand to ``st.App(routes=...)``."""
        return [Route(f"{base_path()}{_PATH}/{{what}}", self._answer, methods=["POST"])]

    def _signature(self, payload: bytes, browser: str) -> str:
        return hmac.new(self._secret, payload + b"." + browser.encode(), hashlib.sha256).hexdigest()

    def _opened(self, token: str, browser: str) -> LinePass | None:
        payload, _, signature = token.partition(".")
        genuine = self._signature(payload.encode(), browser)
        if not hmac.compare_digest(signature.encode(), genuine.encode()):
            return None
        project, rater, queue, expires = json.loads(base64.urlsafe_b64decode(payload))
        return LinePass(project, rater, queue) if time.time() < expires else None

    async def _answer(self, request: Request) -> Response:
        # A page of another site cannot set the header, and is no page of this server.
        token = request.headers.get(_HEADER)
        if token is None or not is_from_this_server(request.headers):
            return _json({"error": "This request is not from a page of this server."}, 403)
        opened = self._opened(token, browser_of(request.cookies))
        if opened is None:
            return _json({"error": "The page is out of date; reload it.", "stale": True}, 409)
        answer = _ANSWERS.get(request.path_params["what"])
        if answer is None:
            return _json({"error": "The page is out of date; reload it."}, 404)
        body = bytearray()
        async for part in request.stream():
            body += part
            if len(body) > _LARGEST_BODY_BYTES:
                return _json({"error": "The browser sent more than fits into a message."}, 413)
        workers = self._slow_workers if answer in _SLOW else self._workers
        return await anyio.to_thread.run_sync(
            self._work, answer, opened, dict(request.cookies), bytes(body), limiter=workers
        )

    def _work(
        self, answer: _Answer, opened: LinePass, cookies: Mapping[str, str], body: bytes
    ) -> Response:
        try:
            message = _Message(body)
            try:
                return _json(answer(self._open_desk(opened, cookies), message))
            except AnnotatorError as error:
                # What is on record is so: where the answer was lost, the act is sent again, and
                # its role, image or session may be gone by then.
                if not (known := self._on_record(opened, message.act_ids())):
                    raise
                verdicts = [{"id": key, "verdict": "recorded"} for key in known]
                return _json({"verdicts": verdicts, "reason": str(error)})
        except SignInError as error:
            return _json({"error": str(error)}, 401)
        except AnnotatorError as error:
            # An answer like any other; statuses are for what keeps the line from answering.
            return _json({"error": str(error)})


def _fields(opened: LinePass) -> list[str]:
    return [opened.project, opened.rater, opened.queue]


def _json(content: Mapping[str, Any], status: int = 200) -> Response:
    body = json.dumps(content, separators=(",", ":"), allow_nan=False)
    return Response(
        body, status, media_type="application/json", headers={"Cache-Control": "no-store"}
    )


class _Message:
    """What the browser asks; a field that is missing or of another kind is said in a sentence."""

    def __init__(self, body: bytes) -> None:
        try:
            fields = json.loads(body)
        except ValueError:
            fields = None
        if not isinstance(fields, dict):
            raise AnnotatorError(
                "The browser sent a message that cannot be read; reload the page, and report "
                "this if it comes again."
            )
        self._fields: Mapping[str, Any] = fields

    def field(self, name: str, kind: type[Any]) -> Any:
        value = self._fields.get(name)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise AnnotatorError(
                f"The browser sent a message whose field “{name}” is missing or cannot be read; "
                "reload the page, and report this if it comes again."
            )
        return value

    def text(self, name: str) -> str:
        return str(self.field(name, str))

    def optional(self, name: str) -> str | None:
        return None if self._fields.get(name) is None else self.text(name)

    def act_ids(self) -> list[str]:
        """Return the ids of the acts in it; of a signature that of its reading too."""
        acts = self._fields.get("acts")
        one = [self._fields.get(name) for name in ("id", "reading")]
        ids = [act.get("id") for act in acts if isinstance(act, dict)] if acts else one
        return [key for key in ids if isinstance(key, str)]

    def ids(self, name: str) -> list[str] | None:
        given = self._fields.get(name)
        return None if given is None else [str(each) for each in self.field(name, list)]


def _acts(desk: Desk, message: _Message) -> dict[str, Any]:
    sent: list[Any] = message.field("acts", list)
    if len(sent) > _MOST_ACTS:
        raise AnnotatorError(f"The browser sent {len(sent)} changes at once; {_MOST_ACTS} may be.")
    return {"verdicts": verdicts(sent, desk.save)}


def _image(desk: Desk, message: _Message) -> dict[str, Any]:
    return {"content": asdict(desk.image(message.text("image")))}


def _sign(desk: Desk, message: _Message) -> dict[str, Any]:
    reading, then = message.optional("reading"), message.optional("then")
    seen, act_id = message.ids("seen"), message.optional("id")
    return {"content": asdict(desk.sign(message.text("image"), reading, then, seen, act_id))}


def _frame(desk: Desk, message: _Message) -> dict[str, Any]:
    return {"content": asdict(desk.frame(message.text("image"), message.field("place", int)))}


def _why(desk: Desk, message: _Message) -> dict[str, Any]:
    label, against = message.text("label"), message.text("against")
    return {"map": asdict(desk.why(message.text("image"), label, against))}


def _fit(desk: Desk, message: _Message) -> dict[str, Any]:
    region = region_from_json(message.field("region", dict))
    return {"region": desk.fit(message.text("image"), region)}


def _faces(desk: Desk, message: _Message) -> dict[str, Any]:
    return {"found": list(desk.faces(message.text("image")))}


def _face(desk: Desk, message: _Message) -> dict[str, Any]:
    box = region_from_json(message.field("box", dict)).bounds
    desk.choose_face(message.text("image"), box)
    return {}


def _reopen(desk: Desk, message: _Message) -> dict[str, Any]:
    desk.reopen(message.text("image"), message.text("reason"), message.optional("id"))
    return {}


def _question(desk: Desk, message: _Message) -> dict[str, Any]:
    act, text = message.text("act"), message.text("text")
    desk.question(message.text("image"), act, text, message.optional("id"))
    return {}


_ANSWERS: Mapping[str, _Answer] = {
    "acts": _acts,
    "image": _image,
    "sign": _sign,
    "frame": _frame,
    "why": _why,
    "fit": _fit,
    "faces": _faces,
    "face": _face,
    "reopen": _reopen,
    "question": _question,
}
_SLOW = (_why, _fit, _faces, _face)
