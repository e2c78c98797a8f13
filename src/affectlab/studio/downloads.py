"""Reports and exports of past sessions, over HTTP."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, PlainTextResponse, Response
from starlette.background import BackgroundTask

from affectlab.studio.archive import Archive

_PRIVATE = {"Cache-Control": "no-store"}


def download_routes(archive: Archive) -> APIRouter:
    """Return ``/sessions/{name}/report``, ``.../zip`` and ``.../bids``."""
    router = APIRouter(prefix="/sessions")

    @router.get("/{name}/report")
    async def report(name: str, arm: bool = False) -> Response:
        path = await asyncio.to_thread(archive.report, name, with_arm=arm)
        return FileResponse(path, media_type="text/html", headers=_PRIVATE)

    @router.get("/{name}/zip")
    async def bundle(name: str) -> Response:
        return _attachment(await asyncio.to_thread(archive.zip, name))

    @router.get("/{name}/bids")
    async def bids(name: str) -> Response:
        return _attachment(await asyncio.to_thread(archive.bids, name))

    return router


async def say_error(_request: Request, error: Exception) -> Response:
    """Answer with the one line of an `AffectlabError`."""
    return PlainTextResponse(f"{error}\n", status_code=404)


def _attachment(path: Path) -> Response:
    remove = BackgroundTask(shutil.rmtree, path.parent, ignore_errors=True)
    return FileResponse(path, filename=path.name, headers=_PRIVATE, background=remove)
