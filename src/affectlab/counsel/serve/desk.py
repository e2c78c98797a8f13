"""So many answers at once, so many waiting, none for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeAlias

from affectlab.counsel.chat import ChatEvent, Counsellor
from affectlab.models import Sampling, Stop, Turn

_Item: TypeAlias = ChatEvent | Exception | None


@dataclass(frozen=True, slots=True)
class Ask:
    """One conversation to answer, and how."""

    turns: tuple[Turn, ...]
    sampling: Sampling
    show_reasoning: bool


class Full(Exception):
    """As many wait as may; `seconds` is when to come back."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Halted(Exception):
    """The answer was ended before it began; the message is the reason of the stop."""


class Desk:
    """Hands conversations to the counsellor, in the order they came; used inside one event loop.

    Parameters
    ----------
    counsellor
        Who answers.
    lanes
        Answers under way at once, each in a thread.
    waiting
        Requests that may wait for a lane.
    deadline_s
        Longest time for one answer in seconds, waiting included.
    """

    def __init__(self, counsellor: Counsellor, lanes: int, waiting: int, deadline_s: float) -> None:
        self.counsellor = counsellor
        self._lanes, self._most_waiting, self._deadline_s = lanes, waiting, deadline_s
        self._free = asyncio.Semaphore(lanes)
        self._pool = ThreadPoolExecutor(lanes, thread_name_prefix="counsel")
        self._waiting: set[Stop] = set()
        self._running: set[Stop] = set()
        self._last_seconds = 1.0
        self.closing = False
        self.counts = dict.fromkeys(("answered", "failed", "halted", "refused"), 0)

    @property
    def state(self) -> dict[str, int]:
        """How many answers are under way and wait, and how many there were."""
        return {"running": len(self._running), "waiting": len(self._waiting), **self.counts}

    def demand_room(self) -> None:
        """Refuse one request too many.

        Raises
        ------
        Halted
            If the server is ending.
        Full
            If as many wait as may.
        """
        if self.closing:
            self.counts["refused"] += 1
            raise Halted("closing")
        if len(self._running) + len(self._waiting) >= self._lanes + self._most_waiting:
            self.counts["refused"] += 1
            ahead = len(self._waiting) // self._lanes + 1
            raise Full(max(1, round(ahead * self._last_seconds)))

    async def answer(self, ask: Ask, stop: Stop) -> AsyncGenerator[ChatEvent]:
        """Wait for a lane and yield what happens; closing the generator, or `stop`, ends the model's work.

        Raises
        ------
        Halted
            If it was ended before a lane was free.
        CounselError, ModelError
            As `Counsellor.reply` does.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.call_later(self._deadline_s, stop.set, "deadline")
        try:
            await self._lane(stop)
            items: asyncio.Queue[_Item] = asyncio.Queue()
            self._begin(ask, stop, lambda item: loop.call_soon_threadsafe(items.put_nowait, item))
            while (item := await items.get()) is not None:
                if isinstance(item, Exception):
                    self.counts["failed"] += 1
                    raise item
                yield item
            self.counts["halted" if stop.is_set else "answered"] += 1
        finally:
            deadline.cancel()
            stop.set("gone")

    def close(self) -> None:
        """Take no more, and send away who waits; what is under way goes on."""
        self.closing = True
        for stop in tuple(self._waiting):
            stop.set("closing")

    def halt(self) -> None:
        """End what is under way."""
        for stop in tuple(self._running):
            stop.set("closing")

    def shut(self) -> None:
        """Give back the threads; nothing may be under way any more."""
        self.halt()
        self._pool.shutdown()

    async def _lane(self, stop: Stop) -> None:
        loop = asyncio.get_running_loop()
        halted = asyncio.Event()

        def halt() -> None:
            # A loop that has gone waits for nothing any more.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(halted.set)

        turn = asyncio.ensure_future(self._free.acquire())
        end = asyncio.ensure_future(halted.wait())
        self._waiting.add(stop)
        try:
            with stop.doing(halt):
                await asyncio.wait({turn, end}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._waiting.discard(stop)
            end.cancel()
            got = turn.done() and not turn.cancelled()
            turn.cancel()
            if got and stop.is_set:
                self._free.release()
        if stop.is_set:
            self.counts["halted"] += 1
            raise Halted(stop.reason)

    def _begin(self, ask: Ask, stop: Stop, put: Callable[[_Item], Any]) -> None:
        """Answer in a thread; the lane is free again when the thread has done, not when the client has."""
        loop = asyncio.get_running_loop()
        began = loop.time()

        def end(_work: Future[None]) -> None:
            self._running.discard(stop)
            self._free.release()
            self._last_seconds = loop.time() - began

        def ended(work: Future[None]) -> None:
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(end, work)

        self._running.add(stop)
        self._pool.submit(self._work, ask, stop, put).add_done_callback(ended)

    def _work(self, ask: Ask, stop: Stop, put: Callable[[_Item], Any]) -> None:
        # A loop that has gone wants nothing any more.
        with suppress(RuntimeError):
            try:
                for event in self.counsellor.reply(
                    ask.turns, sampling=ask.sampling, show_reasoning=ask.show_reasoning, stop=stop
                ):
                    put(event)
            except Exception as error:  # noqa: BLE001 - raised again where the answer is waited for
                put(error)
            put(None)
