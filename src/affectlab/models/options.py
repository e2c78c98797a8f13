"""How a model is loaded and called."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class ModelOptions(BaseModel):
    """What may be said about any model beside its name; a provider reads what concerns it.

    Parameters
    ----------
    dtype, device, quantisation, lora
        Weights as loaded (hf). `device` is "auto" (spread over all accelerators, else the CPU), or a torch
        device.
    batch_size
        Requests per call; the provider's own choice when None.
    lanes
        Concurrent calls to a server.
    frames
        Pictures taken from a video: the middles of as many equal parts of its length.
    longest_side
        Pictures are shrunk to this many pixels along their longer side before the model sees them; None
        leaves it to the model.
    video_as
        "video" gives the pictures to the model's own video path, "frames" gives them as single images, "auto"
        takes the first that the model and the machine can do.
    attention
        Keep attention shares while scoring, where the model can.
    base_url, api_key_variable
        Server address and the environment variable that holds its key (openai).
    retry_minutes
        How long to keep trying a server that does not answer.
    context, threads
        Context length in tokens and CPU threads; None for the provider's default (gguf).
    media_cache
        Bytes of decoded media kept in memory.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    dtype: Literal["auto", "float32", "float16", "bfloat16"] = "auto"
    device: str = "auto"
    quantisation: Literal["none", "int8", "int4"] = "none"
    lora: Path | None = None
    batch_size: int | None = Field(default=None, ge=1)
    lanes: int = Field(default=8, ge=1)
    frames: int = Field(default=8, ge=1)
    longest_side: int | None = Field(default=None, ge=16)
    video_as: Literal["auto", "video", "frames"] = "auto"
    attention: bool = True
    base_url: str | None = None
    api_key_variable: str = "OPENAI_API_KEY"
    retry_minutes: float = Field(default=5, ge=0)
    context: int | None = Field(default=None, ge=64)
    threads: int | None = Field(default=None, ge=1)
    media_cache: int = Field(default=1 << 30, ge=0)
