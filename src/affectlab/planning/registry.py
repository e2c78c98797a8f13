"""Planners by name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from affectlab.errors import InvalidConfig
from affectlab.planning.plan import Planner
from affectlab.planning.rules import RulePlanner

if TYPE_CHECKING:
    from affectlab.planning.knowledge import Retriever
    from affectlab.planning.llm.exchange import Provider
    from affectlab.planning.llm.planner import Told

PLANNERS: Final = ("rules",)
"""Planners that need nothing but their name."""

MODELS: Final = ("openai:MODEL@URL", "gguf:FILE")
"""How a planner that asks a language model is named."""


def make_planner(
    name: str,
    *,
    knowledge: Retriever | None = None,
    deadline: float | None = None,
    told: Told | None = None,
    cache: Path | None = None,
) -> Planner:
    """Build the planner called `name`: one of `PLANNERS`, or a model as in `MODELS`.

    Parameters
    ----------
    name
        The planner.
    knowledge
        Where claims are looked up.
    deadline
        Seconds after which the rules write a plan; None for the usual. Only for models, like what follows.
    told
        Called with every exchange with the model.
    cache
        Folder for answers that are known; None to keep them in memory.

    Raises
    ------
    InvalidConfig
        If no planner has that name, or an address or deadline is none.
    ModelError
        If the model cannot be asked: no such file, no key.
    MissingExtra
        If a package is not installed.
    """
    provider, colon, model = name.partition(":")
    if name == "rules":
        return RulePlanner()
    if not colon or not model or provider not in {"openai", "gguf"}:
        known = ", ".join((*PLANNERS, *MODELS))
        raise InvalidConfig(f"planner '{name}' is not known; expected one of: {known}")
    from affectlab.planning.llm import DEADLINE_SECONDS, LlmPlanner
    from affectlab.planning.llm.cache import AnswerCache

    if deadline is not None and not 0 < deadline <= 600:
        raise InvalidConfig(f"planner deadline {deadline:g} is out of range; expected 0 to 600 seconds")
    return LlmPlanner(
        _provider(provider, model),
        RulePlanner(),
        knowledge=knowledge,
        deadline=deadline or DEADLINE_SECONDS,
        told=told,
        cache=AnswerCache(cache),
    )


def _provider(provider: str, model: str) -> Provider:
    if provider == "gguf":
        from affectlab.planning.llm.gguf import GgufProvider

        return GgufProvider(model)
    from affectlab.planning.llm.served import ServedProvider

    return ServedProvider(model)
