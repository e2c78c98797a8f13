"""Chain of Empathy: reason about a person's emotions, causes and intent before answering."""

from affectlab.prompting.empathy.asking import Conversation, conversation, instruction, messages
from affectlab.prompting.empathy.faults import Fault, FaultCode, MalformedReply
from affectlab.prompting.empathy.grammar import LONGEST_LAYER, gbnf, regex
from affectlab.prompting.empathy.parsing import check, parse
from affectlab.prompting.empathy.repairing import repair
from affectlab.prompting.empathy.reply import ANSWER, LAYERS, THINK, Chain, Reply
from affectlab.prompting.empathy.streaming import Ending, Event, ReplyStream

__all__ = [
    "ANSWER",
    "LAYERS",
    "LONGEST_LAYER",
    "THINK",
    "Chain",
    "Conversation",
    "Ending",
    "Event",
    "Fault",
    "FaultCode",
    "MalformedReply",
    "Reply",
    "ReplyStream",
    "check",
    "conversation",
    "gbnf",
    "instruction",
    "messages",
    "parse",
    "regex",
    "repair",
]
