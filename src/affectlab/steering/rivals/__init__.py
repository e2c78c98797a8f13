"""Published ways of steering that CHASE is compared with, all through the same engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from affectlab.steering.rivals.adaptvis import ADAPTVIS
from affectlab.steering.rivals.duplicate import DUPLICATE
from affectlab.steering.rivals.pai import PAI
from affectlab.steering.rivals.pasta import PASTA
from affectlab.steering.rivals.prompt import PROMPT
from affectlab.steering.rivals.prune import PRUNE
from affectlab.steering.rivals.rival import Rival, RivalSettings, Site, site_of
from affectlab.steering.rivals.spotlight import SPOTLIGHT

RIVALS: Mapping[str, Rival[Any]] = {
    rival.name: rival for rival in (PASTA, SPOTLIGHT, PAI, ADAPTVIS, DUPLICATE, PRUNE, PROMPT)
}
"""Name to rival."""

__all__ = ["RIVALS", "Rival", "RivalSettings", "Site", "site_of"]
