"""From an answer to the surviving emotion, and everything that is wrong with the tree."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from affectlab.models.labels import read_label
from affectlab.prompting.gat.found_json import find_object
from affectlab.prompting.gat.rules import BRANCHES, INTENSITIES, Intensity, Language
from affectlab.prompting.gat.words import WORDS

Wordings = Mapping[str, str | Sequence[str]]

Problem = Literal[
    "no tree",
    "scan missing",
    "scan incomplete",
    "scan of unknown region",
    "not three branches",
    "branch without known emotion",
    "branch without known intensity",
    "branch without regions",
    "branch cites unknown region",
    "branches not distinct",
    "verification missing",
    "verification incomplete",
    "survivor without known emotion",
    "survivor without known intensity",
    "survivor not among branches",
    "survivor was pruned",
]
PROBLEMS: tuple[Problem, ...] = get_args(Problem)

_MOST_OWN_REGIONS = 4


@dataclass(frozen=True, slots=True)
class Branch:
    """One hypothesis.

    Parameters
    ----------
    label
        The emotion; None where none or several are named.
    intensity
        None where it is not one of the three.
    regions
        Cited, whether they exist or not.
    kept
        What the verification says; None where it says nothing.
    """

    label: str | None
    intensity: Intensity | None
    regions: tuple[int, ...]
    kept: bool | None = None


@dataclass(frozen=True, slots=True)
class GatReading:
    """What an answer says.

    Parameters
    ----------
    survivor
        The label answered; None counts as a wrong answer. A tree with problems still has the survivor that it
        names, so that the arm is not scored on its form; what is wrong is in `problems`.
    intensity
        Of the survivor.
    branches
        In the order of the answer.
    cited
        Regions that branches cite and that exist.
    scan
        Region to the facts stated of it.
    problems
        In the order of `PROBLEMS`, each once.
    """

    survivor: str | None
    intensity: Intensity | None = None
    branches: tuple[Branch, ...] = ()
    cited: frozenset[int] = frozenset()
    scan: Mapping[int, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def read_plain(text: str, labels: Wordings) -> GatReading:
    """Read an answer to the plain question."""
    return GatReading(read_label(text, labels))


def read_tree(text: str, labels: Wordings, language: Language, regions: Collection[int] | None) -> GatReading:
    """Read and check a tree. Any text is taken.

    Parameters
    ----------
    text
        The answer.
    labels
        Label to everything that names it in an answer, as `affectlab.models.labels.read_label` takes it.
    language
        Of the prompt.
    regions
        Numbers that exist; None where the model names its own, which are then those of its scan.
    """
    found = find_object(text, "survivor")
    if found is None:
        return GatReading(None, problems=("no tree",))
    scan = _scan(found.get("scan"))
    branches = _branches(found, labels, language)
    known = frozenset(scan) if regions is None else frozenset(regions)
    label, intensity = _pair(_survivor(found["survivor"], branches), labels, language)
    problems = {
        *_scan_problems(scan, known, own=regions is None),
        *_branch_problems(branches, known),
        *_verdict_problems(found, branches),
        *_survivor_problems(label, intensity, branches),
    }
    cited = frozenset(number for branch in branches for number in branch.regions if number in known)
    ordered = tuple(problem for problem in PROBLEMS if problem in problems)
    return GatReading(label, intensity, branches, cited, scan, ordered)


def read_scan(text: str) -> dict[int, str]:
    """Read the facts of each region from an answer to the scan; empty where there are none."""
    found = find_object(text, "scan")
    return {} if found is None else _scan(found["scan"])


def _scan(found: Any) -> dict[int, str]:
    if isinstance(found, Mapping):
        found = [{"region": number, "facts": facts} for number, facts in found.items()]
    facts: dict[int, str] = {}
    for one in _mappings(found):
        number, said = _number(one.get("region")), one.get("facts")
        if number is not None and isinstance(said, str) and said.strip():
            facts[number] = said.strip()
    return facts


def _branches(found: Mapping[str, Any], labels: Wordings, language: Language) -> tuple[Branch, ...]:
    verdicts = {
        _number(one.get("branch")): one["keep"]
        for one in _mappings(found.get("verification"))
        if isinstance(one.get("keep"), bool)
    }
    return tuple(
        Branch(*_pair(one, labels, language), _numbers(one.get("regions")), verdicts.get(number))
        for number, one in enumerate(_mappings(found.get("branches")), 1)
    )


def _survivor(found: Any, branches: tuple[Branch, ...]) -> Mapping[str, Any]:
    """Return the survivor as an object; a word is an emotion, a number that of a branch."""
    number = _number(found)
    if number is not None and 1 <= number <= len(branches):
        chosen = branches[number - 1]
        return {"emotion": chosen.label, "intensity": chosen.intensity}
    if isinstance(found, Mapping):
        return found
    return {"emotion": found}


def _pair(
    found: Mapping[str, Any], labels: Wordings, language: Language
) -> tuple[str | None, Intensity | None]:
    emotion, intensity = found.get("emotion"), found.get("intensity")
    label = read_label(emotion, labels) if isinstance(emotion, str) else None
    return label, _intensity(intensity, language) if isinstance(intensity, str) else None


def _intensity(text: str, language: Language) -> Intensity | None:
    own = WORDS[language].intensities
    said = text.strip().casefold()
    return next((one for one in INTENSITIES if said in {one, own.get(one)}), None)


def _scan_problems(scan: Mapping[int, str], known: frozenset[int], *, own: bool) -> Iterable[Problem]:
    if not scan:
        yield "scan missing"
    elif known - set(scan) or (own and len(scan) < 2):
        yield "scan incomplete"
    if set(scan) - known or (own and len(scan) > _MOST_OWN_REGIONS):
        yield "scan of unknown region"


def _branch_problems(branches: tuple[Branch, ...], known: frozenset[int]) -> Iterable[Problem]:
    if len(branches) != BRANCHES:
        yield "not three branches"
    for branch in branches:
        if branch.label is None:
            yield "branch without known emotion"
        if branch.intensity is None:
            yield "branch without known intensity"
        if not branch.regions:
            yield "branch without regions"
        if set(branch.regions) - known:
            yield "branch cites unknown region"
    pairs = [(branch.label, branch.intensity) for branch in branches]
    if len(set(pairs)) < len(pairs):
        yield "branches not distinct"


def _verdict_problems(found: Mapping[str, Any], branches: tuple[Branch, ...]) -> Iterable[Problem]:
    if not _mappings(found.get("verification")):
        yield "verification missing"
    elif any(branch.kept is None for branch in branches):
        yield "verification incomplete"


def _survivor_problems(
    label: str | None, intensity: Intensity | None, branches: tuple[Branch, ...]
) -> Iterable[Problem]:
    if label is None:
        yield "survivor without known emotion"
        return
    if intensity is None:
        yield "survivor without known intensity"
    same = [branch for branch in branches if branch.label == label and intensity in (branch.intensity, None)]
    if not same:
        yield "survivor not among branches"
    elif all(branch.kept is False for branch in same):
        yield "survivor was pruned"


def _mappings(found: Any) -> list[Mapping[str, Any]]:
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _numbers(found: Any) -> tuple[int, ...]:
    listed = found if isinstance(found, list) else [found]
    return tuple(number for one in listed if (number := _number(one)) is not None)


def _number(found: Any) -> int | None:
    """Read a region's or branch's number, also from a string such as "2"."""
    if isinstance(found, bool):
        return None
    if isinstance(found, str):
        found = found.strip()
        return int(found) if found.isascii() and found.isdigit() and len(found) < 10 else None
    return found if isinstance(found, int) else None
