"""The one session that runs: prepared, driven and watched on behalf of the pages."""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectlab.decoding.registry import PERSONAL
from affectlab.errors import AffectlabError, StudioError
from affectlab.planning.knowledge import KnowledgeEntry
from affectlab.session.config import SessionConfig
from affectlab.session.runner import Session
from affectlab.studio.config import StudioConfig
from affectlab.studio.hub import AudioHub
from affectlab.studio.steps import Step, step_of
from affectlab.studio.tone import LevelCheck
from affectlab.studio.view import LiveView

SessionMaker = Callable[..., Session]
LookUp = Callable[[str], KnowledgeEntry | None]


def _unknown(_name: str) -> KnowledgeEntry | None:
    return None


_log = logging.getLogger(__name__)


class Desk:
    """Holds the running session, what it said last, and its sound.

    Parameters
    ----------
    config
        Defaults of a session, and where sessions are kept.
    hub
        Where the sound goes.
    make_session
        Builds a session from its configuration and folder.
    look_up
        Returns the entry of the knowledge base that a plan cites, None where there is none.
    """

    def __init__(
        self,
        config: StudioConfig,
        hub: AudioHub,
        make_session: SessionMaker = Session,
        look_up: LookUp = _unknown,
    ) -> None:
        self.config = config
        self.hub = hub
        self.look_up = look_up
        self.tone = LevelCheck(hub.publish)
        self.view = LiveView()
        self.session: Session | None = None
        self.failure: str | None = None
        self.blinded = False
        self.unblinded = False
        self.page_audio: dict[str, Any] = {}
        self.done: frozenset[Step] = frozenset()
        self.person: Path | None = None
        self.calibrating = False
        self._make_session = make_session
        self._preparing = asyncio.Lock()
        self._thread: threading.Thread | None = None

    @property
    def defaults(self) -> SessionConfig:
        """What a session is where nothing else is asked for, with the latest calibration of a person."""
        session = self.config.session
        if self.person is None or session.decoder not in PERSONAL | {"auto"}:
            return session
        return session.model_copy(update={"person": self.person})

    @property
    def phase(self) -> str:
        """Return the session's phase; "none" before one is prepared, "ended" even when it broke off."""
        if self.session is None:
            return "none"
        return self.session.phase if self.busy else "ended"

    @property
    def busy(self) -> bool:
        """True while a session is under way."""
        return self._thread is not None and self._thread.is_alive()

    async def prepare(self, config: SessionConfig | None = None, *, blinded: bool = True) -> Session:
        """Open a session and leave it waiting for its participant.

        Raises
        ------
        StudioError
            If another session is under way.
        AffectlabError
            If the source, the decoder, the planner or the music cannot be opened.
        """
        async with self._preparing:
            if self.busy:
                raise StudioError("a session is already under way; stop it before you prepare another")
            if self.calibrating:
                raise StudioError("a calibration is under way; wait for its end or stop it first")
            session = self._make_session(config or self.defaults, self._new_folder(), command="studio")
            self.view, self.failure, self.page_audio, self.done = LiveView(), None, {}, frozenset()
            self.blinded, self.unblinded = blinded, not blinded
            session.subscribe(self.view.fold)
            await asyncio.to_thread(session.open)
            session.on_window(self.view.see)
            session.on_pcm(self._play)
            self._thread = threading.Thread(target=self._run, args=(session,), name="session")
            self._thread.start()
            self.session = session
            return session

    async def ensure(self) -> Session:
        """Return the session under way, preparing the default one when there is none."""
        if self.busy and self.session is not None:
            return self.session
        return await self.prepare()

    def running(self) -> Session:
        """Return the session under way.

        Raises
        ------
        StudioError
            If there is none.
        """
        if self.session is None or not self.busy:
            raise StudioError("no session is under way; prepare one first")
        return self.session

    def complete(self, step: Step, data: dict[str, Any]) -> None:
        """Note and record that the participant is through with a step before the music."""
        self.running().page(step.value, data)
        self.done |= {step}

    def step(self) -> Step:
        """Return where the participant is."""
        # A person's calibration brings a baseline along; then there is no rest to take.
        rested = self.session is not None and (self.session.rested or self.session.config.rest == 0)
        return step_of(self.phase, self.done, rested=rested)

    def put_away(self) -> None:
        """Forget a session that is over, so that another participant can begin."""
        if not self.busy:
            self.session, self.view, self.done = None, LiveView(), frozenset()

    def stop(self, reason: str) -> None:
        """End the session, if one is under way, and the level check with it."""
        self.tone.stop()
        if self.session is not None and self.busy:
            self.session.stop(reason)

    def unblind(self) -> None:
        """Show the arm, and record that somebody looked."""
        self.unblinded = True
        if self.busy and self.session is not None:
            self.session.page("unblind", {})

    def heard(self, counters: dict[str, Any]) -> None:
        """Take in the page's own count of what reached the listener; record every new underrun."""
        before = self.page_audio.get("underruns", 0)
        self.page_audio = counters
        if counters.get("underruns", 0) > before and self.busy and self.session is not None:
            self.session.page("underruns", counters)

    async def close(self) -> None:
        """Stop the session and wait until its recording is whole."""
        self.stop("the studio was closed")
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

    def _run(self, session: Session) -> None:
        try:
            session.run()
        except AffectlabError as error:
            self.failure = str(error)
        except Exception:  # noqa: BLE001 - the thread's border: pages must learn that it is over
            _log.exception("session %s broke off", session.id)
            self.failure = "the session broke off by a fault of ours; the log has the details"

    def _play(self, first_frame: int, block: NDArray[np.int16]) -> None:
        if not self.tone.on:
            self.hub.publish(first_frame, block)

    def _new_folder(self) -> Path:
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        return self.config.sessions / f"{stamp}-{secrets.token_hex(2)}"
