"""Past sessions of a person as cases: where they began, where they were to lead, how near they came."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from affectlab.errors import AffectlabError
from affectlab.planning.history import Case
from affectlab.session.recording import Recording
from affectlab.session.session_files import MANIFEST_FILE

NEAR = 0.1
"""Distance from the goal below which a session began there already and shows nothing (ours)."""


def whose(name: str) -> str:
    """Return the mark by which sessions of one profile name know each other; it is not the name."""
    return hashlib.sha256(f"affectlab profile {name}".encode()).hexdigest()[:16] if name else ""


def past_cases(folder: Path, name: str, notice: Callable[[str], None]) -> tuple[Case, ...]:
    """Return the finished sessions in `folder` that were made with a profile called `name`, oldest first.

    Sessions without music, and those that began at their goal, are no cases. What cannot be read is left
    out.

    Parameters
    ----------
    folder
        Holds session folders; need not exist.
    name
        Of the profile; without one there are no cases.
    notice
        Told in one line what was left out because it cannot be read.
    """
    mark = whose(name)
    if not mark or not folder.is_dir():
        return ()
    found = []
    for place in sorted(folder.iterdir()):
        if _mark(place) == mark:
            try:
                case = _case(Recording.load(place))
            except (AffectlabError, ValidationError, KeyError, TypeError, ValueError, OSError) as error:
                notice(f"past session {place.name} is not used for planning: {_in_one_line(error)}")
            else:
                found += [] if case is None else [case]
    return tuple(found)


def _mark(place: Path) -> str:
    """Return whose session it is, "" where there is no telling."""
    try:
        manifest = json.loads((place / MANIFEST_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return str(manifest.get("profile", "")) if isinstance(manifest, dict) else ""


def _case(recording: Recording) -> Case | None:
    """Return a session as a case; None for one that was cut off, held no music, or had nowhere to lead."""
    outcome = (recording.summary or {}).get("outcome")
    plans = recording.records["plans"]
    if not outcome or not plans or outcome["start_distance"] < NEAR:
        return None
    first, last = plans[0], plans[-1]["plan"]
    start = _state_at(recording, float(first["time"]), outcome["basis"])
    if start is None:
        return None
    return Case(
        session=recording.session_id,
        start=start,
        goal=outcome["goal"],
        goal_name=str(recording.config["goal"]),
        tempo_bpm=last["tempo_bpm"],
        mode=last["attributes"]["mode"],
        instruments=last["attributes"]["instruments"],
        gain=max(-10.0, 1 - outcome["final_distance"] / outcome["start_distance"]),
        basis=outcome["basis"],
    )


def _state_at(recording: Recording, time: float, basis: str) -> tuple[float, float] | None:
    heard = (record for record in recording.records["states"] if record["time"] >= time)
    state: dict[str, Any] | None = next(heard, None)
    if state is None:
        return None
    valence, arousal = state["truth"] if basis == "truth" else state["belief_mean"]
    return (float(valence), float(arousal))


def _in_one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
