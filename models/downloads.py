"""Fetching weights from the network: only when a person asks, checked before anything uses them.

A download goes on where it broke off, is bounded in size, stays on HTTPS through redirects, and is
put into place in one step once its SHA-256 is right. Proxies and certificates are those of the
environment (``HTTPS_PROXY``, ``NO_PROXY``, ``REQUESTS_CA_BUNDLE``).
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import requests
import urllib3

from .card import ModelCard
from .card_parts import Weights
from .card_weights import acceptance_note, fault_of_url
from .checkpoints import MOST_BYTES
from .errors import DownloadError

Progress = Callable[[int, int], None]
"""Told how many bytes are here, and how many there will be (0 if unknown)."""

_TIMEOUT_S = (10.0, 60.0)  # to connect, and between two pieces
_PIECE_BYTES = 2**18
_MOST_REDIRECTS = 5
_TRIES = 3
_BROKEN = (requests.RequestException, urllib3.exceptions.HTTPError)
_PARTIAL, _OK, _TOO_FAR = 206, 200, 416


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of fetching.

    Attributes
    ----------
    file : Path
        Where the weights are now, or, if they are not accepted yet, will be.
    sha256 : str
        Of what arrived.
    size_bytes : int
    accepted : bool
        Whether they can be used; if not, the card does not know the hash and a person must
        accept it.
    """

    file: Path
    sha256: str
    size_bytes: int
    accepted: bool


def fetch_weights(
    card: ModelCard, progress: Progress, *, accept: str | None = None, source: Path | None = None
) -> Fetched:
    """Bring a card's weights onto this machine.

    Parameters
    ----------
    card : ModelCard
        Read with the folder that downloads go to.
    progress : callable
    accept : str, optional
        The SHA-256 that a person accepts for a card that does not know it.
    source : Path, optional
        A file that was brought here by other means, taken instead of the network.

    Returns
    -------
    Fetched

    Raises
    ------
    DownloadError
        If the card has nothing to fetch, the file is a pickled module, the network cannot be
        reached, the connection breaks, or what arrives is not the file that the card names. What
        had arrived is kept, and the next call goes on from there.
    """
    weights, file = card.weights, card.weights.file
    if weights.url is None or file is None:
        raise DownloadError(
            f"There is nothing to fetch for {card.name}: its weights lie beside its card, or it "
            "was never trained."
        )
    wanted = _wanted_sha256(weights, accept)
    if file.is_file() and wanted and sha256_of(file) == wanted:
        return _accepted(weights, file, wanted)
    if weights.convert and source is None:
        raise DownloadError(_how_to_convert(card, weights))
    if source is not None and not source.is_file():
        raise DownloadError(f"There is no file {source.name}; name the one that you brought here.")
    if source is not None and weights.convert and _is_original(weights, source):
        raise DownloadError(_how_to_convert(card, weights))
    part = file.with_name(f"{file.name}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if source is not None:
            shutil.copyfile(source, part)
        elif not (part.is_file() and wanted and sha256_of(part) == wanted):
            _download(weights, part, progress, card.reference)
        return _check_in(weights, part, file, wanted, accept)
    except OSError as error:
        raise DownloadError(
            f"The weights of {card.name} could not be written ({error.strerror}); free some room, "
            "or set ANNOTATOR_HOME to a folder that you may write to."
        ) from error


def sha256_of(file: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _wanted_sha256(weights: Weights, accept: str | None) -> str:
    """Return what the file must hash to, nothing if neither card nor person says."""
    if weights.convert or not weights.url_sha256:
        return (accept or weights.sha256).lower()
    return weights.url_sha256


def _check_in(weights: Weights, part: Path, file: Path, wanted: str, accept: str | None) -> Fetched:
    found = sha256_of(part)
    if wanted and found != wanted:
        part.unlink()
        said = "you accept" if accept and wanted == accept.lower() else "the model card names"
        raise DownloadError(
            f"What arrived has SHA-256 {found}, and {said} {wanted}: it was damaged on the way, or "
            "is another file. It was thrown away; try again, and if that does not help, ask the "
            "source of the weights."
        )
    if not wanted:
        return Fetched(file, found, part.stat().st_size, accepted=False)
    part.replace(file)
    return _accepted(weights, file, found)


def _accepted(weights: Weights, file: Path, found: str) -> Fetched:
    if weights.convert or not weights.url_sha256:
        acceptance_note(file).write_text(f"{found}\n", encoding="ascii")
    return Fetched(file, found, file.stat().st_size, accepted=True)


def _is_original(weights: Weights, source: Path) -> bool:
    return source.is_file() and sha256_of(source) == weights.url_sha256


def _how_to_convert(card: ModelCard, weights: Weights) -> str:
    return (
        f"The weights of {card.name} are published as a pickled Python object, which can run any "
        "code when it is read; so it is neither fetched nor read here. Convert it where that does "
        "no harm, on a machine or in a container that you can throw away:\n"
        f"  1. get {weights.url} and compare: sha256sum must say "
        f"{weights.url_sha256 or '(unknown)'}\n"
        f"  2. there: {weights.convert}\n"
        f"  3. bring what came of it here: annotator models fetch {card.reference} --from FILE"
    )


def _download(weights: Weights, part: Path, progress: Progress, reference: str) -> None:
    """Download to `part`, going on from what is there; try again while something arrives."""
    for attempt in range(1, _TRIES + 1):
        before = part.stat().st_size if part.is_file() else 0
        try:
            with _session() as session:
                _receive(session, weights, part, progress)
        except _BROKEN as error:
            arrived = part.stat().st_size if part.is_file() else 0
            if arrived > before and attempt < _TRIES:
                continue
            raise DownloadError(_what_broke(error, weights, reference, arrived)) from error
        else:
            return


def _session() -> requests.Session:
    session = requests.Session()
    # Nothing of this machine's (a .netrc, say) goes out with the request.
    session.auth = lambda request: request
    session.headers.update({"User-Agent": "excitation-annotator", "Accept-Encoding": "identity"})
    return session


def _receive(session: requests.Session, weights: Weights, part: Path, progress: Progress) -> None:
    have = part.stat().st_size if part.is_file() else 0
    with closing(_get(session, weights.url or "", have)) as response:
        if response.status_code == _TOO_FAR and have:
            if response.headers.get("Content-Range", "").endswith(f"/{have}"):
                return None  # all of it was here already
            part.unlink()  # more than there is: another file's beginning
            return _receive(session, weights, part, progress)
        goes_on = response.status_code == _PARTIAL and response.headers.get(
            "Content-Range", ""
        ).startswith(f"bytes {have}-")
        if not goes_on and response.status_code != _OK:
            raise DownloadError(
                f"{urlsplit(response.url).hostname} answers {response.status_code} "
                f"({response.reason}); the file may have moved. Ask the source of the weights, and "
                "bring the file with --from FILE."
            )
        have = have if goes_on else 0
        total = _total(response, have, weights)
        with part.open("ab" if goes_on else "wb") as stream:
            # What has come is taken at once, so that a broken connection loses none of it.
            while piece := response.raw.read1(_PIECE_BYTES):
                have += len(piece)
                if have > (total or MOST_BYTES):
                    part.unlink()
                    raise DownloadError(
                        f"More arrived than the {total or MOST_BYTES:,} bytes that were announced; "
                        "nothing of it is used."
                    )
                stream.write(piece)
                progress(have, total)
            stream.flush()
            os.fsync(stream.fileno())
    if total and have < total:
        raise requests.ConnectionError(f"{have} of {total} bytes")
    return None


def _get(session: requests.Session, url: str, have: int) -> requests.Response:
    """Ask for the bytes from `have` on, following redirects by hand so that each is looked at."""
    headers = {"Range": f"bytes={have}-"} if have else {}
    for _ in range(_MOST_REDIRECTS + 1):
        if fault := fault_of_url(url):
            raise DownloadError(f"The address of the weights, or one it leads to, {fault}.")
        response = session.get(
            url, headers=headers, stream=True, timeout=_TIMEOUT_S, allow_redirects=False
        )
        if not response.is_redirect:
            return response
        target = urljoin(url, response.headers["Location"])
        response.close()
        if urlsplit(url).scheme == "https" and urlsplit(target).scheme != "https":
            raise DownloadError(
                f"{urlsplit(url).hostname} leads away from https://, where others can read and "
                "change what is sent; nothing was fetched."
            )
        url = target
    raise DownloadError(
        f"The address of the weights leads on more than {_MOST_REDIRECTS} times; nothing was "
        "fetched."
    )


def _total(response: requests.Response, have: int, weights: Weights) -> int:
    length = response.headers.get("Content-Length", "")
    total = have + int(length) if length.isdigit() else weights.size_bytes or 0
    most = weights.size_bytes or MOST_BYTES
    if total > most:
        raise DownloadError(
            f"The file at the address has {total:,} bytes, more than the {most:,} that are taken. "
            "Nothing was fetched."
        )
    if weights.size_bytes and total != weights.size_bytes:
        raise DownloadError(
            f"The file at the address has {total:,} bytes, and the model card says "
            f"{weights.size_bytes:,}: it is another file. Nothing was fetched."
        )
    return total


def _what_broke(error: Exception, weights: Weights, reference: str, arrived: int) -> str:
    host = urlsplit(weights.url or "").hostname
    if arrived:
        return (
            f"The connection to {host} broke after {arrived:,} bytes, which are kept; to go on "
            f"from there: annotator models fetch {reference}"
        )
    proxied = isinstance(error, requests.exceptions.ProxyError)
    what = "The proxy for" if proxied else "This machine cannot reach"
    answer = " does not answer" if proxied else ""
    return (
        f"{what} {host}{answer} ({type(error).__name__}). If it is offline, get {weights.url} on "
        f"another machine and bring it: annotator models fetch {reference} --from FILE. Where a "
        "proxy is needed, HTTPS_PROXY names it."
    )
