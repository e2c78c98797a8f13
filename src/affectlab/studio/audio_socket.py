"""The WebSocket that carries sound to a page and the page's counters, ratings of level and Stop back."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from affectlab.studio.desk import Desk
from affectlab.studio.hub import AudioHub, Listener

PHASE_POLL_SECONDS = 0.1
COUNTERS = ("underruns", "dropped", "lost", "buffered_ms", "gain_db", "peak_dbfs", "rms_dbfs")

_log = logging.getLogger(__name__)


def audio_routes(desk: Desk) -> APIRouter:
    """Return the route ``/audio``."""
    router = APIRouter()

    @router.websocket("/audio")
    async def audio(socket: WebSocket) -> None:
        await socket.accept()
        listener = desk.hub.join()
        listener.tell(greeting(desk))
        sender = asyncio.create_task(_send(socket, listener))
        try:
            await _receive(socket, listener, desk)
        except WebSocketDisconnect:
            _log.debug("audio connection of %s closed", listener.browser)
        finally:
            sender.cancel()
            desk.hub.leave(listener)

    return router


async def announce_phases(desk: Desk) -> None:
    """Tell open connections, for as long as the studio runs, whenever the phase changes."""
    told = greeting(desk)
    while True:
        await asyncio.sleep(PHASE_POLL_SECONDS)
        if (now := greeting(desk)) != told:
            told = now
            desk.hub.announce(now)


def greeting(desk: Desk) -> dict[str, Any]:
    """Say which session there is and how far it is."""
    return {
        "type": "phase",
        "phase": desk.phase,
        "tone": desk.tone.on,
        "session": desk.session.id if desk.session is not None else None,
    }


async def _send(socket: WebSocket, listener: Listener) -> None:
    while True:
        item = await listener.next()
        try:
            if isinstance(item, bytes):
                await socket.send_bytes(item)
            else:
                await socket.send_json(item)
        except (WebSocketDisconnect, RuntimeError):
            return  # the receiving side sees the same close and tidies up


async def _receive(socket: WebSocket, listener: Listener, desk: Desk) -> None:
    while True:
        message = _parse(await socket.receive_text())
        match message.get("type"):
            case "claim":
                _claim(desk.hub, listener, message)
            case "counters" if desk.hub.owner is listener:
                desk.heard({key: message[key] for key in COUNTERS if _is_number(message.get(key))})
            case "stop":
                _stop(desk, listener, message)
            case kind:
                _log.warning("audio connection sent an unknown message %r", kind)


def _claim(hub: AudioHub, listener: Listener, message: dict[str, Any]) -> None:
    browser = str(message.get("browser", ""))[:64]
    got_it = hub.claim(listener, browser, take_over=message.get("take_over") is True)
    listener.tell({"type": "yours" if got_it else "busy"})


def _stop(desk: Desk, listener: Listener, message: dict[str, Any]) -> None:
    """Stop, unless the press belongs to a session that is over (sent late, after a lost connection)."""
    if desk.session is not None and message.get("session") == desk.session.id:
        desk.stop("stopped by the participant")
    listener.tell({"type": "stopped", "session": message.get("session")})


def _parse(text: str) -> dict[str, Any]:
    try:
        message = json.loads(text)
    except json.JSONDecodeError:
        return {}
    return message if isinstance(message, dict) else {}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
