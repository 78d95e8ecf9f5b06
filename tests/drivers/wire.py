"""All that reached a browser: frames of sockets, bodies of answers, and what the page holds."""

from __future__ import annotations

from patience import UnderWay
from playwright.sync_api import Page, Response

_WHOLE_PAGE = """() => {
  const parts = [document.title, location.href, JSON.stringify(localStorage)];
  const walk = (root) => {
    parts.push(root.innerHTML);
    root.querySelectorAll('*').forEach((one) => { if (one.shadowRoot) walk(one.shadowRoot); });
  };
  walk(document.documentElement);
  return parts.join('\\n');
}"""


class Wire:
    """What a page was sent since it was opened.

    Parameters
    ----------
    page : Page
    everything : bool
        Keep the bodies of all answers but for the program's own files; otherwise those of the
        editor's line. `collect` has to be called before the page goes elsewhere: the browser
        forgets bodies then.
    """

    def __init__(self, page: Page, *, everything: bool = False) -> None:
        self.texts: list[str] = []
        self.pixels: list[str] = []
        self._page = page
        self._everything = everything
        self._answers: list[Response] = []
        self._under_way = UnderWay(page)
        page.on("websocket", lambda socket: socket.on("framereceived", self._frame))
        page.on("response", self._answer)

    def _frame(self, frame: str | bytes) -> None:
        self.texts.append(frame if isinstance(frame, str) else frame.decode("utf-8", "ignore"))

    def _answer(self, answer: Response) -> None:
        if "/pixels/" in answer.url:
            self.pixels.append(answer.url)
        is_programs_own = "/static/" in answer.url or "/_stcore/" in answer.url
        if "/line/" in answer.url or (self._everything and not is_programs_own):
            self._answers.append(answer)

    def collect(self) -> None:
        """Keep what came since the last time, and what the page holds now; wait for all of it."""
        self._under_way.until_none()
        for answer in self._answers:
            self.texts.append(f"{answer.url} {answer.headers}")
            if answer.status == 200:
                self.texts.append(answer.body().decode("utf-8", "ignore"))
        self._answers.clear()
        if self._everything:
            self.texts.append(self._page.evaluate(_WHOLE_PAGE))

    def tells(self, words: set[str]) -> set[str]:
        """Return those of some words that reached the browser."""
        self.collect()
        return {word for word in words if any(word in text for text in self.texts)}
