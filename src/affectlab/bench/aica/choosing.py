"""Which pictures are taken: those that can be read, may be shown and were not taken before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from affectlab.bench.aica.drafts import Draft, Kind, Skipped
from affectlab.bench.aica.looking import Look, Looker
from affectlab.bench.aica.nsfw import NsfwList
from affectlab.bench.aica.picture_index import PictureIndex
from affectlab.bench.aica.rules import AicaRules


@dataclass(frozen=True, slots=True)
class Taken:
    """A picture of the data set.

    Parameters
    ----------
    id
        ``<corpus>_<name>``, safe in file names.
    corpus
        Its name.
    draft
        What the corpus says of it.
    look
        What was seen of it.
    related
        Ids of pictures taken before that look nearly alike.
    """

    id: str
    corpus: str
    draft: Draft
    look: Look
    related: tuple[str, ...] = ()


class Chooser:
    """Takes pictures, one corpus after the other, and remembers what it has taken.

    Parameters
    ----------
    looker
        Opens them.
    nsfw
        Those not to be shown.
    rules
        How far pictures must differ.
    """

    def __init__(self, looker: Looker, nsfw: NsfwList, rules: AicaRules) -> None:
        self._looker = looker
        self._nsfw = nsfw
        self._rules = rules
        self._index = PictureIndex()
        self._files: dict[str, str] = {}
        self._ids: set[str] = set()
        self.taken: dict[tuple[str, str], Taken] = {}
        self.skipped: list[Skipped] = []

    def judge(self, corpus: str, drafts: Sequence[Draft]) -> list[bool]:
        """Say of each picture, in turn, whether it is taken; of alike ones the first is."""
        shown = [draft for draft in drafts if not self._nsfw.has_name(corpus, draft.name)]
        looks = dict(
            zip(
                (draft.name for draft in shown),
                self._looker.look([draft.path for draft in shown]),
                strict=True,
            )
        )
        return [self._take(corpus, draft, looks.get(draft.name)) for draft in drafts]

    def _take(self, corpus: str, draft: Draft, look: Look | None) -> bool:
        if look is None or self._nsfw.has_hash(look.sha256):
            return self._refuse(corpus, draft, "nsfw", "it is on the list of pictures not to be shown")
        if look.fault:
            return self._refuse(corpus, draft, "unreadable", look.fault)
        if look.sha256 in self._files:
            return self._refuse(corpus, draft, "duplicate", f"the same file as {self._files[look.sha256]}")
        near = self._index.near(int(look.picture, 16), self._rules.related_bits) if look.picture else []
        if near and near[0][0] <= self._rules.duplicate_bits:
            bits, other = near[0]
            return self._refuse(
                corpus, draft, "duplicate", f"the same picture as {other}: {bits} of 256 bits differ"
            )
        self._keep(corpus, draft, look, tuple(name for _, name in near))
        return True

    def _refuse(self, corpus: str, draft: Draft, kind: Kind, why: str) -> bool:
        self.skipped.append(Skipped(corpus, draft.name, kind, why))
        return False

    def _keep(self, corpus: str, draft: Draft, look: Look, related: tuple[str, ...]) -> None:
        name = self._id(corpus, draft.name)
        self._files[look.sha256] = name
        if look.picture:
            self._index.add(name, int(look.picture, 16))
        self.taken[corpus, draft.name] = Taken(name, corpus, draft, look, related)

    def _id(self, corpus: str, name: str) -> str:
        base = f"{corpus}_{_slug(name)}"
        number, wanted = 1, base
        while wanted in self._ids:
            number += 1
            wanted = f"{base}-{number}"
        self._ids.add(wanted)
        return wanted


def _slug(name: str) -> str:
    """Return a name of a file without suffix, with nothing in it but letters of ASCII, digits, - and _."""
    path = PurePosixPath(name)
    return re.sub(r"_{2,}", "_", re.sub(r"[^A-Za-z0-9_]+", "-", str(path.with_suffix("")))).strip("-_")
