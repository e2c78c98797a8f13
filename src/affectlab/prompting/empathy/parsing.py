"""Read a reply strictly: all that is wrong with it, or exactly what it says."""

from __future__ import annotations

from affectlab.prompting.empathy._walk import Reading, read
from affectlab.prompting.empathy.faults import Fault, MalformedReply
from affectlab.prompting.empathy.reply import ANSWER, LAYERS, THINK, Chain, Reply
from affectlab.prompting.empathy.tags import PARTS


def parse(text: str, *, chain: bool | None = None) -> Reply:
    """Read a reply.

    White space between the parts does not matter; inside them every character is kept.

    Parameters
    ----------
    text
        What a model said, whole.
    chain
        True demands the reasoning, False forbids it, None takes both.

    Raises
    ------
    MalformedReply
        If anything is wrong; it says all that is.
    """
    reading = read(text)
    faults = _faults(reading, chain)
    if faults:
        raise MalformedReply(faults)
    return reply_of(reading)


def check(text: str, *, chain: bool | None = None) -> tuple[Fault, ...]:
    """Return all that is wrong with a reply, in the order of the text; nothing for a good one."""
    return _faults(read(text), chain)


def reply_of(reading: Reading) -> Reply:
    """Return what a reading without missing parts says."""
    layers = [reading.words[layer] for layer in LAYERS if layer in reading.words]
    return Reply(reading.words[ANSWER], Chain(*layers) if layers else None)


def _faults(reading: Reading, chain: bool | None) -> tuple[Fault, ...]:
    found = [*reading.faults, *_missing(reading, chain), *_empty(reading)]
    if chain is False:
        found += [Fault("unasked", THINK, reading.opened[THINK])] if THINK in reading.opened else []
    return tuple(sorted(found, key=lambda fault: fault.at))


def _missing(reading: Reading, chain: bool | None) -> list[Fault]:
    reasons = any(name in reading.opened for name in (THINK, *LAYERS))
    wanted = PARTS if chain or reasons else (ANSWER,)
    return [Fault("missing", name, reading.length) for name in wanted if name not in reading.opened]


def _empty(reading: Reading) -> list[Fault]:
    """Return the parts without a letter or digit; the dots of the instruction, copied, are no words."""
    return [
        Fault("empty", name, reading.opened[name])
        for name, words in reading.words.items()
        if not any(character.isalnum() for character in words)
    ]
