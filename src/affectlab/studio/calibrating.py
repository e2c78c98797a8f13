"""The one calibration that runs: led through, fitted and kept on behalf of the page."""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from affectlab.decoding.personal_calibration import PersonalCalibration
from affectlab.decoding.personal_file import PersonFile
from affectlab.errors import AffectlabError, StudioError
from affectlab.session.guided import GuidedConfig, GuidedMoment, GuidedRun
from affectlab.session.guided_steps import STEPS, GuidedStep
from affectlab.signals.window import Window
from affectlab.studio.desk import Desk

State = Literal["none", "ready", "doing", "rating", "fitting", "done", "failed"]

_log = logging.getLogger(__name__)


def shipped_calibration() -> PersonalCalibration:
    """Return an empty calibration on the shipped weights."""
    from affectlab.decoding.weights import load_weights

    return PersonalCalibration(load_weights())


class CalibrationDesk:
    """Holds the calibration under way and what came of it.

    Parameters
    ----------
    desk
        Whose source, sound and person it serves.
    steps
        What the person is asked to do.
    make_calibration, make_run
        Make what collects it, and what leads through it.
    """

    def __init__(
        self,
        desk: Desk,
        steps: tuple[GuidedStep, ...] = STEPS,
        make_calibration: Callable[[], PersonalCalibration] = shipped_calibration,
        make_run: Callable[[GuidedConfig, PersonalCalibration], GuidedRun] = GuidedRun,
    ) -> None:
        self._desk, self.steps, self._make_calibration = desk, steps, make_calibration
        self._make_run = make_run
        self.run: GuidedRun | None = None
        self.person: PersonFile | None = None
        self.path: Path | None = None
        self.failure = ""
        self.window: Window | None = None
        self._thread: threading.Thread | None = None
        self._preparing = asyncio.Lock()

    @property
    def busy(self) -> bool:
        """True while a calibration is under way."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def state(self) -> State:
        """Where it is; "none" before the first."""
        if self.failure:
            return "failed"
        if self.run is None:
            return "none"
        phase = self.run.moment.phase
        if self.busy:
            return "fitting" if phase == "over" else phase
        return "done" if self.person is not None else "none"

    @property
    def moment(self) -> GuidedMoment | None:
        return None if self.run is None else self.run.moment

    async def start(self) -> None:
        """Begin to lead the person through the steps.

        Raises
        ------
        StudioError
            If a session or another calibration is under way.
        AffectlabError
            If the source, the sound or the weights cannot be used.
        """
        async with self._preparing:
            if self._desk.busy or self.busy:
                raise StudioError("a session or a calibration is already under way; end it first")
            config = self._desk.config.session
            run = self._make_run(
                GuidedConfig(
                    source=config.source,
                    steps=self.steps,
                    seed=config.seed,
                    synth=config.synth,
                    asks=True,
                    signals=config.signals,
                ),
                await asyncio.to_thread(self._make_calibration),
            )
            await asyncio.to_thread(run.open)
            run.pcm.subscribe(lambda block: self._desk.hub.publish(*block))
            run.windows.subscribe(self._see)
            self.run, self.person, self.path, self.failure = run, None, None, ""
            self._thread = threading.Thread(target=self._work, args=(run,), name="calibration")
            self._desk.calibrating = True
            self._thread.start()

    def stop(self) -> None:
        """End the calibration, keeping nothing."""
        if self.run is not None and self.busy:
            self.failure = "Stopped. Nothing was kept."
            self.run.stop("stopped")

    def put_away(self) -> None:
        """Forget a calibration that is over, so that another can begin."""
        if not self.busy:
            self.run, self.person, self.path, self.failure = None, None, None, ""

    async def close(self) -> None:
        """Stop and wait until the device is released."""
        self.stop()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

    def _see(self, window: Window) -> None:
        self.window = window

    def _work(self, run: GuidedRun) -> None:
        try:
            run.run()
            if not self.failure:
                self._keep(run)
        except AffectlabError as error:
            self.failure = self.failure or str(error)
        except Exception:  # noqa: BLE001 - the thread's border: the page must learn that it is over
            _log.exception("the calibration broke off")
            self.failure = "the calibration broke off by a fault of ours; the log has the details"
        finally:
            self._desk.calibrating = False

    def _keep(self, run: GuidedRun) -> None:
        """Fit, write, and let the sessions that follow use it."""
        person = run.calibration.finish(run.labels(), seed=run.config.seed)
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        path = self._desk.config.people / f"{stamp}-{secrets.token_hex(2)}.json"
        person.write(path)
        self.person, self.path = person, path
        self._desk.person = path
