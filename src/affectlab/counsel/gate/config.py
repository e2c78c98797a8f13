"""How the risk gate is set up."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class GateConfig(BaseModel):
    """Settings of a `RiskGate`; every number is ours.

    Raises
    ------
    pydantic.ValidationError
        If a key is unknown or a value out of range.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    helplines: Path | None = None
    """TOML file with the helplines of one or more locales; without it a reply names none."""
    locale: str | None = None
    """Entry of the helplines file, such as ``en-GB``; by default the first that fits the language."""
    log: Path | None = None
    """JSON Lines file that every decision is appended to."""
    log_text: bool = False
    """Log the words themselves and not only their hash."""
    rules: Path | None = None
    """TOML file with rules in place of the shipped ones."""
    classifier: bool = True
    """Grade with the shipped classifier beside the rules."""
    deadline_s: float = Field(default=2.0, gt=0)
    """Seconds a grader other than the rules has; late counts as down."""
    latch_turns: int = Field(default=6, ge=1)
    """Turns of the person without a sign after which high and immediate come down by one level."""
