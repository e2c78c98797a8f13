"""The guarded chat: a model that answers in words, with the risk gate before and behind it."""

from affectlab.counsel.chat.config import ChatSettings
from affectlab.counsel.chat.counsellor import Counsellor, Guard, open_counsellor
from affectlab.counsel.chat.events import ChatEvent, Done, Finish, Notice, Reasoning, Replaced, Words
from affectlab.counsel.chat.limits import accepted

__all__ = [
    "ChatEvent",
    "ChatSettings",
    "Counsellor",
    "Done",
    "Finish",
    "Guard",
    "Notice",
    "Reasoning",
    "Replaced",
    "Words",
    "accepted",
    "open_counsellor",
]
