"""Turns: passwords are hashed a few at a time, beside everybody else's work and not before it.

Whoever reaches the port can have a password looked at. It costs processor time and memory on
purpose, so that it has threads of its own, a queue with an end, and a share of it for an address.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.requests import Request


LOOK_UPS = anyio.CapacityLimiter(8)
"""Threads in which it is looked up who asks: none of those that pictures are made in."""


class Turns:
    """Runs work in threads of its own, in the order it came.

    Parameters
    ----------
    at_once : int
        Threads.
    queue : int
        How many may wait or be at it; whoever comes then is turned away.
    share : int
        How many of them may come from one address.
    """

    def __init__(self, at_once: int, queue: int, share: int) -> None:
        self._limiter = anyio.CapacityLimiter(at_once)
        self._queue, self._share = queue, share
        self._here: Counter[str] = Counter()

    async def take(
        self,
        request: Request,
        work: Callable[[], Response],
        delay_s: Callable[[], float] = lambda: 0.0,
    ) -> Response | None:
        """Do the work when it is its turn.

        Parameters
        ----------
        request : Request
            Its body was read; whose caller hangs up loses the place.
        work : callable
        delay_s : callable
            How long it waits before it asks for a turn, in seconds.

        Returns
        -------
        Response or None
            None where too many wait.
        """
        address = address_of(request)
        if self._here.total() >= self._queue or self._here[address] >= self._share:
            return None
        self._here[address] += 1
        try:
            return await self._in_turn(request, work, delay_s)
        finally:
            self._here[address] -= 1
            self._here += Counter()  # forgets whom nothing is left of

    async def _in_turn(
        self, request: Request, work: Callable[[], Response], delay_s: Callable[[], float]
    ) -> Response:
        answer = Response(status_code=499)  # nobody is there to read it
        async with anyio.create_task_group() as group:
            group.start_soon(_until_gone, request, group.cancel_scope)
            await anyio.sleep(await anyio.to_thread.run_sync(delay_s, limiter=LOOK_UPS))
            # Who hangs up before a thread is free is not served; in a thread it is done to the end.
            answer = await anyio.to_thread.run_sync(work, limiter=self._limiter)
            group.cancel_scope.cancel()
        return answer


async def _until_gone(request: Request, scope: anyio.CancelScope) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    scope.cancel()


def address_of(request: Request) -> str:
    """Return the address a request came from; of IPv6 the network of one customer (/64).

    The server has put a proxy's word for it in its place where that proxy is trusted: uvicorn's
    ``FORWARDED_ALLOW_IPS``, by default this machine.
    """
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(IPv6Address(int(address) >> 64 << 64))
    return str(address)
