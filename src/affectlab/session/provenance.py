"""The manifest of a session."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from affectlab.manifest import make_manifest
from affectlab.session.config import SessionConfig


def session_manifest(config: SessionConfig, command: str, session: str, music: str) -> dict[str, Any]:
    """Describe a session so that it can be run again.

    Parameters
    ----------
    config, command
        The configuration as resolved and the affectlab command.
    session
        The blinded id.
    music
        Composer and synthesiser as they were chosen.
    """
    manifest = make_manifest(
        command,
        config.to_json(),
        seeds={"session": config.seed},
        data=_files(config),
        models={"decoder": config.decoder_used, "planner": config.planner, "music": music},
    )
    return {**manifest, "session": session, "minutes": config.minutes}


def _files(config: SessionConfig) -> tuple[Path, ...]:
    kind, _, name = config.source.partition(":")
    replayed = (Path(name),) if kind == "replay" else ()
    return replayed if config.person is None else (*replayed, config.person)
