"""Configuration of the studio: where it listens, who may come in, what a session is by default."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from affectlab.counsel.chat import ChatSettings
from affectlab.listening import LOOPBACK
from affectlab.session.config import SessionConfig


def sessions_folder() -> Path:
    """Return where sessions are kept: ``$AFFECTLAB_HOME/sessions``, or the user's data folder."""
    home = os.environ.get("AFFECTLAB_HOME")
    return (Path(home) if home else Path.home() / ".local" / "share" / "affectlab") / "sessions"


def people_folder() -> Path:
    """Return where calibrations of people are kept: beside the sessions."""
    return sessions_folder().parent / "people"


class StudioConfig(BaseModel):
    """The studio, complete.

    `counsel` is the model behind the page ``/counsel``, which says how to set one where there is none.
    `token` is demanded for any `host` beyond loopback; `session` is what a participant gets when no
    researcher has set up another one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8765
    token: Annotated[str, Field(min_length=8)] | None = None
    session: SessionConfig = SessionConfig()
    sessions: Path = Field(default_factory=sessions_folder)
    people: Path = Field(default_factory=people_folder)
    counsel: ChatSettings | None = None

    @model_validator(mode="after")
    def _plays_in_real_time(self) -> StudioConfig:
        if self.session.speed != 1:
            raise ValueError(f"session.speed is {self.session.speed:g}; a browser plays in real time, so 1")
        return self

    @property
    def on_loopback(self) -> bool:
        return self.host in LOOPBACK
