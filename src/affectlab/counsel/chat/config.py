"""How a chat is set up; every number is ours."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from affectlab.counsel.gate import GateConfig
from affectlab.models import ModelOptions
from affectlab.prompting.empathy import LONGEST_LAYER


class ChatSettings(BaseModel):
    """A counsellor: the model that answers, the gate around it, and how long both may be.

    Raises
    ------
    pydantic.ValidationError
        If a key is unknown or a value out of range.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    """``provider:name``; see `affectlab.models.open_speaker`."""
    options: ModelOptions = ModelOptions()
    """How the model is loaded and asked."""
    gate: GateConfig = GateConfig()
    """The risk gate."""
    language: Literal["auto", "en", "zh"] = "auto"
    """Of the answers; auto is that of the person's words, as the gate reads them."""
    chain: bool = True
    """Let the model reason in four layers before it answers."""
    grammar: bool = True
    """Keep the model to the layout of a reply, where it can be kept to one."""
    longest_layer: int = Field(default=LONGEST_LAYER, ge=1, le=1000)
    """Characters of one layer of reasoning under the grammar."""
    show_reasoning: bool = False
    """Show the layers as well; a conversation may ask otherwise."""
    max_tokens: int = Field(default=768, ge=16, le=16_384)
    """Longest reply, reasoning included."""
    temperature: float = Field(default=0.7, ge=0, le=2)
    """0 is greedy."""
    seed: int = Field(default=0, ge=0)
    """Of the sampling."""
    longest_message: int = Field(default=20_000, ge=1)
    """Characters of one message; a longer one is refused."""
    max_turns: int = Field(default=200, ge=1)
    """Turns that are kept; older ones are dropped in pairs."""
    max_characters: int = Field(default=60_000, ge=1)
    """Characters of all turns that are kept, the last message apart."""
