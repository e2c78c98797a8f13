"""English parts of sentences; every verdict fits every subject."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

OPENERS: Final = (
    "",
    "You know, ",
    "To be honest, ",
    "So, ",
    "As for yesterday, ",
    "Let me say this: ",
    "About your question, ",
    "Looking back, ",
)

SUBJECTS: Final = (
    "the film",
    "the concert",
    "the dinner",
    "the meeting",
    "the trip",
    "the lecture",
    "the party",
    "the interview",
    "the course",
    "the match",
    "the wedding",
    "the exhibition",
    "the show",
    "the training",
)

VERDICTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "N": (
            "was an absolute disaster",
            "was utterly terrible",
            "was the worst I have ever been to",
            "made me furious",
            "was a complete nightmare",
            "left me in tears",
            "was horrible from start to finish",
            "was disgusting, I hated every minute",
            "broke my heart",
            "was a total failure",
            "was unbearable",
            "ruined everything for us",
        ),
        "WN": (
            "was a bit disappointing",
            "was slightly too long for me",
            "could have been a little better",
            "was not quite what I had hoped for",
            "left me somewhat tired",
            "had a few small problems",
            "was rather dull in places",
            "was less good than last time",
            "did not really win me over",
            "was mildly annoying",
            "felt a little flat",
            "was not all that great",
        ),
        "Neu": (
            "took place on Tuesday",
            "started at nine in the morning",
            "was held on the second floor",
            "lasted about two hours",
            "was listed in the calendar",
            "had twelve people in it",
            "was moved to the other building",
            "is the one that was announced in May",
            "was the third one this year",
            "had a break in the middle",
            "ended at the usual time",
            "was recorded by two cameras",
        ),
        "WP": (
            "was quite nice",
            "was fairly pleasant",
            "turned out a little better than expected",
            "was not bad at all",
            "had a few good moments",
            "was reasonably interesting",
            "went rather well",
            "was a decent way to spend the time",
            "left me fairly content",
            "was good enough for me",
            "was mildly amusing",
            "was okay, I somewhat liked it",
        ),
        "P": (
            "was absolutely wonderful",
            "was the best I have ever been to",
            "made me so incredibly happy",
            "was simply perfect",
            "was a dream come true",
            "was fantastic from start to finish",
            "was amazing, I loved every minute",
            "was a total triumph",
            "filled me with joy",
            "was breathtakingly beautiful",
            "was superb",
            "made it the greatest day of my life",
        ),
    }
)

TAILS: Final = (
    ".",
    ", that is what I told them.",
    ", and that is all I can say.",
    ", as I wrote to my sister.",
    ", if you ask me.",
    ", and I was there with my cousin.",
    ", and then we took the bus home.",
    ", so now you know.",
)


def join(opener: str, subject: str, verdict: str, tail: str) -> str:
    """Put a sentence together."""
    sentence = f"{opener}{subject} {verdict}{tail}"
    return sentence[0].upper() + sentence[1:]
