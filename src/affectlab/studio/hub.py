"""Hands PCM blocks from the session's thread to the one browser that plays them."""

from __future__ import annotations

import asyncio
import itertools
import struct
from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

SFREQ = 48_000
BLOCK_FRAMES = 960
QUEUE_BLOCKS = 50
"""Blocks of 20 ms that wait for a slow connection before the oldest is dropped: one second."""

HEADER = struct.Struct("<IIQ")
"""Sequence number, reserved, number of the first frame; 16 bytes, so that samples stay aligned."""

Message = dict[str, Any]


class Listener:
    """One open connection: a bounded queue of blocks, and messages that are never dropped."""

    def __init__(self, capacity: int = QUEUE_BLOCKS) -> None:
        self.browser = ""
        self.dropped = 0
        self._blocks: deque[bytes] = deque(maxlen=capacity)
        self._messages: deque[Message] = deque()
        self._ready = asyncio.Event()

    def offer(self, packet: bytes) -> None:
        """Queue a block; when the queue is full the oldest is dropped and counted."""
        self.dropped += len(self._blocks) == self._blocks.maxlen
        self._blocks.append(packet)
        self._ready.set()

    def tell(self, message: Message) -> None:
        """Queue a message; messages overtake blocks."""
        self._messages.append(message)
        self._ready.set()

    def forget(self) -> None:
        """Drop the blocks that still wait, uncounted: they are not wanted here any more."""
        self._blocks.clear()

    async def next(self) -> bytes | Message:
        """Wait for the next thing to send."""
        while True:
            if self._messages:
                return self._messages.popleft()
            if self._blocks:
                return self._blocks.popleft()
            self._ready.clear()
            await self._ready.wait()


class AudioHub:
    """Knows the open connections and which of them has the sound.

    `publish` may be called from any thread; everything else belongs to the event loop given to `bind`.
    """

    def __init__(self, capacity: int = QUEUE_BLOCKS) -> None:
        self.owner: Listener | None = None
        self._capacity = capacity
        self._listeners: set[Listener] = set()
        self._numbers = itertools.count()
        self._incoming: deque[bytes] = deque(maxlen=2 * capacity)
        self._scheduled = False
        self._loop: asyncio.AbstractEventLoop | None = None

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Deliver in `loop` from now on."""
        self._loop = loop

    def publish(self, first_frame: int, block: NDArray[np.int16]) -> None:
        """Send a block of shape (n_frames, 2) to whoever has the sound; never waits."""
        number = next(self._numbers) & 0xFFFFFFFF
        self._incoming.append(HEADER.pack(number, 0, first_frame) + block.astype("<i2", copy=False).tobytes())
        if self._loop is not None and not self._scheduled and not self._loop.is_closed():
            # One wake-up carries every block that arrives before the loop gets round to it.
            self._scheduled = True
            self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        self._scheduled = False
        while self._incoming:
            packet = self._incoming.popleft()
            if self.owner is not None:
                self.owner.offer(packet)

    def join(self) -> Listener:
        """Register a connection that does not have the sound yet."""
        listener = Listener(self._capacity)
        self._listeners.add(listener)
        return listener

    def claim(self, listener: Listener, browser: str, *, take_over: bool = False) -> bool:
        """Give `listener` the sound unless another browser has it; say whether it got it.

        A browser that comes back (a reload, a dropped connection) has the same `browser` name and gets
        the sound without asking. Whoever loses it is told.
        """
        listener.browser = browser
        holder = self.owner
        if holder is not None and holder is not listener:
            if holder.browser != browser and not take_over:
                return False
            holder.forget()
            holder.tell({"type": "taken"})
        self.owner = listener
        return True

    def leave(self, listener: Listener) -> None:
        """Forget a closed connection; when it had the sound, the others learn that it is free."""
        self._listeners.discard(listener)
        if self.owner is listener:
            self.owner = None
            self.announce({"type": "free"})

    @property
    def dropped(self) -> int:
        """Blocks dropped for whoever has the sound now."""
        return self.owner.dropped if self.owner is not None else 0

    def announce(self, message: Message) -> None:
        """Tell every open connection something."""
        for listener in self._listeners:
            listener.tell(message)
