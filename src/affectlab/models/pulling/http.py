"""Downloads that go on where they stopped, and are checked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import build_opener

from affectlab.errors import ModelUnavailable
from affectlab.files import translated

_SECONDS = 60
_BLOCK = 1 << 20
_AGENT = "affectlab"
_SIMPLE = "application/vnd.pypi.simple.v1+json"
INDEX = "https://pypi.org/simple"

Arrived = Callable[[int], None]
"""Told how many bytes are there."""


def download(url: str, path: Path, arrived: Arrived) -> None:
    """Fetch `url` into `path`, from its end where it has begun.

    Raises
    ------
    ModelUnavailable
        If the server cannot be reached or breaks off; what has arrived stays.
    RecordingError
        If it cannot be written.
    """
    have = path.stat().st_size if path.exists() else 0
    try:
        with _opened(url, {"Range": f"bytes={have}-"} if have else {}) as response, translated(path):
            # A server that knows no ranges sends all of it again.
            goes_on = response.status == HTTPStatus.PARTIAL_CONTENT
            with path.open("ab" if goes_on else "wb") as file:
                _copied(response, file.write, have if goes_on else 0, arrived)
    except HTTPError as error:
        error.close()
        if error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return
        raise ModelUnavailable(f"{url} answered {error.code}") from error
    except (OSError, HTTPException) as error:
        raise ModelUnavailable(f"{urlsplit(url).hostname} cannot be reached ({_why(error)})") from error


def index_file(project: str, version: str, platform: str, index: str = INDEX) -> tuple[str, str, int]:
    """Return address, SHA-256 and size of a wheel, as the package index tells.

    Raises
    ------
    ModelUnavailable
        If the index cannot be reached or has no such wheel.
    """
    page = f"{index}/{project}/"
    try:
        with _opened(page, {"Accept": _SIMPLE}) as response:
            files: list[dict[str, Any]] = json.loads(response.read(64 << 20))["files"]
    except HTTPError as error:
        error.close()
        raise ModelUnavailable(f"{page} answered {error.code}") from error
    except (OSError, HTTPException) as error:
        raise ModelUnavailable(f"{urlsplit(page).hostname} cannot be reached ({_why(error)})") from error
    except (ValueError, LookupError, TypeError) as error:
        raise ModelUnavailable(f"{page} is no page of a package index") from error
    begin, end = f"{project.replace('-', '_')}-{version}-", f"{platform}.whl"
    for one in files:
        if str(one["filename"]).startswith(begin) and str(one["filename"]).endswith(end):
            return str(one["url"]), str(one["hashes"]["sha256"]), int(one.get("size") or 0)
    raise ModelUnavailable(f"{page} has no wheel of {version} for {platform}")


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _opened(url: str, headers: dict[str, str]) -> HTTPResponse:
    # Follows redirects and the proxies of the environment; the addresses are pinned ones and the index's.
    opener = build_opener()
    opener.addheaders = [("User-Agent", _AGENT), *headers.items()]
    response: HTTPResponse = opener.open(url, timeout=_SECONDS)
    return response


def _copied(response: HTTPResponse, write: Callable[[bytes], object], have: int, arrived: Arrived) -> None:
    expected = response.length
    read = 0
    while block := response.read(_BLOCK):
        write(block)
        read += len(block)
        arrived(have + read)
    if expected is not None and read < expected:
        raise HTTPException(f"broke off after {have + read} bytes")


def _why(error: BaseException) -> str:
    reason = getattr(error, "reason", None) or error
    return " ".join(str(reason).split())[:120] or type(error).__name__
