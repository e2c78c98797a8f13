"""Flags of ``counsel chat`` and ``counsel serve`` as settings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

Language = Annotated[str | None, typer.Option(help="en, zh, or auto: that of the person's words (auto).")]
ChatModel = Annotated[str | None, typer.Option(help="provider:name of the model that answers.")]
Helplines = Annotated[Path | None, typer.Option(help="TOML file with helplines.")]
DecisionLog = Annotated[Path | None, typer.Option(help="JSON Lines file for the gate's decisions.")]
MaxTokens = Annotated[int | None, typer.Option(help="Longest reply, reasoning included (768).")]
Temperature = Annotated[float | None, typer.Option(help="0 is greedy (0.7).")]
Seed = Annotated[int | None, typer.Option(help="Of the sampling (0).")]
Context = Annotated[int | None, typer.Option(help="Context length in tokens (gguf).")]
Threads = Annotated[int | None, typer.Option(help="CPU threads (gguf).")]
BaseUrl = Annotated[str | None, typer.Option(help="Server address (openai).")]
ConfigFile = Annotated[Path | None, typer.Option(help="TOML file with settings.")]
ShowReasoning = Annotated[
    bool | None, typer.Option("--show-reasoning/--hide-reasoning", help="Show the four layers (hidden).")
]


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
