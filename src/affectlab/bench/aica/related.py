"""Sources of pictures: those of one origin, and those that look nearly alike, belong together."""

from __future__ import annotations

from collections.abc import Iterable


def clusters(pictures: Iterable[tuple[str, str, Iterable[str]]]) -> dict[str, str]:
    """Return the source of each picture, named after one of the origins in it.

    Parameters
    ----------
    pictures
        Id, name of the origin, and ids of pictures before it that it belongs with.
    """
    parents: dict[str, str] = {}
    origins: dict[str, str] = {}
    for name, origin, related in pictures:
        origins[name] = origin
        for other in related:
            one, two = _root(parents, origins[other]), _root(parents, origin)
            if one != two:
                parents[two] = one
    return {name: _root(parents, origin) for name, origin in origins.items()}


def _root(parents: dict[str, str], name: str) -> str:
    while name in parents:
        name = parents[name]
    return name
