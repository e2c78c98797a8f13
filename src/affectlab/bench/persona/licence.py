"""Persona-E²'s licence: shown with every build, and accepted once by whoever uses the data."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from affectlab.errors import BenchError, InvalidConfig
from affectlab.files import write_json

LICENCE = "CC BY-NC-SA 4.0"
"""Of the published files."""

TERMS = (
    "Persona-E² (arXiv 2604.09162) is under CC BY-NC-SA 4.0 "
    "(https://creativecommons.org/licenses/by-nc-sa/4.0/): name its authors, academic use only, no "
    "commercial profiling of people, pass on under the same licence"
)
"""What its users agree to, in one line."""

_NAME = "persona-e2"


def licences_file() -> Path:
    """Return where accepted licences are kept (``AFFECTLAB_LICENCES``)."""
    return Path(os.environ.get("AFFECTLAB_LICENCES", Path.home() / ".config" / "affectlab" / "licences.json"))


def require_licence(*, accept: bool) -> None:
    """Make sure that the licence has been accepted, now or before; now is remembered.

    Raises
    ------
    BenchError
        If it has not been.
    InvalidConfig
        If what was accepted cannot be read.
    """
    known = _read()
    if _NAME in known:
        return
    if not accept:
        raise BenchError(f"{TERMS}; add --accept-licence, once, to say that you accept this")
    now = datetime.now(UTC).isoformat(timespec="seconds")
    write_json(licences_file(), {**known, _NAME: {"licence": LICENCE, "accepted": now}})


def _read() -> dict[str, Any]:
    path = licences_file()
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise InvalidConfig(
            f"{path} cannot be read ({error}); remove it and accept licences again"
        ) from error
    if not isinstance(known, dict):
        raise InvalidConfig(f"{path} is no table of licences; remove it and accept licences again")
    return known
