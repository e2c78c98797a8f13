"""How the endpoint is set up; every number is ours."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from affectlab.counsel.chat import ChatSettings
from affectlab.errors import CounselError
from affectlab.listening import LOOPBACK


class ServeSettings(BaseModel):
    """Where the endpoint listens, how many it serves at once, and how long anybody waits.

    Raises
    ------
    pydantic.ValidationError
        If a key is unknown or a value out of range.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    chat: ChatSettings
    """The counsellor."""
    host: str = "127.0.0.1"
    """Address to listen on; any other than loopback demands a token."""
    port: int = Field(default=8790, ge=1, le=65_535)
    """Port to listen on."""
    token: Annotated[str, Field(min_length=8)] | None = None
    """Secret that clients present as their API key; better set as ``AFFECTLAB_TOKEN``."""
    name: str = Field(default="counsel", min_length=1)
    """What clients call the model."""
    lanes: int = Field(default=2, ge=1, le=256)
    """Answers under way at once."""
    waiting: int = Field(default=32, ge=0)
    """Requests that may wait for a lane; one more is told to come back later."""
    deadline_s: float = Field(default=300.0, gt=0)
    """Longest time for one answer in seconds, waiting included."""
    grace_s: float = Field(default=20.0, ge=0)
    """Seconds that answers under way are given when the server is told to end."""

    def demand_token(self) -> None:
        """Refuse to be reachable from other machines without a token.

        Raises
        ------
        CounselError
        """
        if self.host not in LOOPBACK and self.token is None:
            raise CounselError(
                f"host {self.host} can be reached from other machines and what people say here is private; "
                "set a token by --token or AFFECTLAB_TOKEN (8 characters or more)"
            )
