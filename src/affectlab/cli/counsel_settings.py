"""Flags of ``counsel chat`` and ``counsel serve`` as settings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def chat_flags(
    *,
    helplines: Path | None,
    log: Path | None,
    options: Mapping[str, Any],
    **flags: Any,
) -> dict[str, Any]:
    """Return flags in the shape of `affectlab.counsel.chat.ChatSettings`; None is not given."""
    gate = {"helplines": helplines, "log": log}
    nested = {"gate": gate, "options": options}
    given = {
        name: {key: one for key, one in part.items() if one is not None} for name, part in nested.items()
    }
    return {**flags, **{name: part or None for name, part in given.items()}}
