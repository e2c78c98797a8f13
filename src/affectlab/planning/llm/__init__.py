"""Plans by a language model: told little, held to a schema, checked, with a deadline."""

from affectlab.planning.llm.exchange import Exchange, Message, Outcome
from affectlab.planning.llm.planner import DEADLINE_SECONDS, LlmPlanner

__all__ = ["DEADLINE_SECONDS", "Exchange", "LlmPlanner", "Message", "Outcome"]
