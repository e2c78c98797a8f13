"""Chain of Empathy: reason about a person's emotions, causes and intent before answering."""

from affectlab.prompting.empathy.reply import ANSWER, LAYERS, THINK, Chain, Reply

__all__ = ["ANSWER", "LAYERS", "THINK", "Chain", "Reply"]
