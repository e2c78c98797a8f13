"""The emotions to choose from, as people write them."""

from __future__ import annotations

from collections.abc import Sequence

from affectlab.affect import taxonomy, taxonomy_names
from affectlab.errors import InvalidConfig


def read_labels(given: str | Sequence[str]) -> dict[str, str]:
    """Return label to word.

    Parameters
    ----------
    given
        The name of a taxonomy, such as "mikels8"; or labels, as a list or with commas between them, each
        alone or as ``label=word`` with the word that prompts use.

    Raises
    ------
    InvalidConfig
        If there are fewer than two labels, or one is empty or given twice.
    """
    if isinstance(given, str) and given.strip() in taxonomy_names():
        return {label: label for label in taxonomy(given.strip()).labels}
    listed = given.split(",") if isinstance(given, str) else list(given)
    pairs = [(label.strip(), word.strip()) for label, _, word in (one.partition("=") for one in listed)]
    words = {label: word or label for label, word in pairs}
    if len(words) < 2 or len(words) < len(pairs) or "" in words:
        raise InvalidConfig(
            f"labels {given!r} are not understood; expected at least two different ones with commas between, "
            f"or one of {', '.join(taxonomy_names())}"
        )
    return words
