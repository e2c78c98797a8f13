"""Puts the studio together: pages, sound, downloads, and the guard in front of them."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from fastapi import FastAPI
from nicegui import ui
from starlette.staticfiles import StaticFiles

from affectlab.counsel.chat import Counsellor
from affectlab.errors import AffectlabError
from affectlab.listening import LOOPBACK
from affectlab.planning.knowledge.store import look_up
from affectlab.studio.archive import Archive
from affectlab.studio.audio_socket import announce_phases, audio_routes
from affectlab.studio.calibrate_page import calibrate_page
from affectlab.studio.calibrating import CalibrationDesk
from affectlab.studio.config import StudioConfig
from affectlab.studio.counsel_page import counsel_desk, counsel_page
from affectlab.studio.desk import Desk
from affectlab.studio.downloads import download_routes, say_error
from affectlab.studio.hub import AudioHub
from affectlab.studio.participant import participant_page
from affectlab.studio.researcher import researcher_page
from affectlab.studio.security import Guard

ASSETS = Path(__file__).parent / "assets"


def build_app(
    config: StudioConfig, ready: Callable[[], None] = lambda: None, counsellor: Counsellor | None = None
) -> FastAPI:
    """Return the studio's web application.

    Parameters
    ----------
    config
        The studio.
    ready
        Called when it has started.
    counsellor
        Who answers on the page ``/counsel``; without one the page says how to get one.
    """
    desk = Desk(config, AudioHub(), look_up=look_up)
    archive = Archive(config.sessions)
    calibration = CalibrationDesk(desk)
    talks = counsel_desk(counsellor) if counsellor else None
    # At its start NiceGUI looks at every object there is, among them a name of torch that then complains.
    warnings.filterwarnings("ignore", message="`torch.distributed.reduce_op` is", category=FutureWarning)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        desk.hub.bind(asyncio.get_running_loop())
        phases = asyncio.create_task(announce_phases(desk))
        ready()
        yield
        phases.cancel()
        with suppress(asyncio.CancelledError):
            await phases
        await calibration.close()
        if talks:
            await asyncio.to_thread(talks.shut)
        await desk.close()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(audio_routes(desk))
    app.include_router(download_routes(archive))
    app.add_exception_handler(AffectlabError, say_error)
    app.mount("/assets", StaticFiles(directory=ASSETS))
    participant_page(desk)
    calibrate_page(calibration)
    researcher_page(desk, archive)
    counsel_page(talks)
    ui.run_with(
        app,
        title="affectlab",
        favicon=ASSETS / "favicon.svg",
        dark=None,
        binding_refresh_interval=None,
        reconnect_timeout=10.0,
        message_history_length=50,
        tailwind=False,
        show_welcome_message=False,
    )
    app.add_middleware(Guard, token=config.token, hosts=LOOPBACK | {config.host})
    return app
