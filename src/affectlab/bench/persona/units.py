"""Whose feelings are predicted: readers, or groups of readers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from affectlab.bench.dataset import DatasetInfo
from affectlab.bench.persona.profiles import group_profile
from affectlab.bench.sample import Sample
from affectlab.errors import BenchError, InvalidData
from affectlab.prompting.persona import ReaderProfile


@dataclass(frozen=True, slots=True)
class Unit:
    """A reader, or a group of them.

    Parameters
    ----------
    profile
        The reader's, or the group's mean; its id is the unit's.
    members
        Readers it stands for.
    """

    profile: ReaderProfile
    members: int = 1

    @property
    def id(self) -> str:
        return self.profile.id


@dataclass(frozen=True, slots=True)
class Units:
    """All units of a data set, and what each felt.

    Parameters
    ----------
    level
        "reader" or "group"; also the name under which a unit stands in a question's details.
    all
        In the order of the data set.
    """

    level: str
    all: tuple[Unit, ...]

    @classmethod
    def of(cls, info: DatasetInfo) -> Units:
        """Take the units from what a data set says of itself.

        Raises
        ------
        BenchError
            If it does not say whose answers it holds, or a profile cannot be read.
        """
        found: Mapping[str, Any] = info.parameters
        try:
            profiles = {name: ReaderProfile.from_json(one) for name, one in found["profiles"].items()}
            if found["level"] == "reader":
                return cls("reader", tuple(Unit(one) for one in profiles.values()))
            groups = {
                name: [profiles[member] for member in members] for name, members in found["groups"].items()
            }
        except (KeyError, TypeError, AttributeError, InvalidData) as error:
            raise BenchError(
                f"the data set does not say who its readers are ({error}); build it again: "
                "affectlab bench build persona --out DIR"
            ) from error
        return cls("group", tuple(_group(name, members) for name, members in groups.items()))

    def felt(self, sample: Sample) -> dict[str, str]:
        """Return what each unit felt about an event; units without an answer are left out."""
        given = sample.details["readers" if self.level == "reader" else "consensus"]
        return {one.id: given[one.id]["emotion"] for one in self.all if _answered(given.get(one.id))}


def _answered(found: Mapping[str, Any] | None) -> bool:
    return found is not None and found.get("emotion") is not None


def _group(name: str, members: Sequence[ReaderProfile]) -> Unit:
    return Unit(group_profile(name, members), len(members))
