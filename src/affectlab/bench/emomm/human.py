"""What people do when voice and face disagree: the yardstick for what models do.

``python -m affectlab.bench.emomm.human FOLDER`` computes the figures from CREMA-D's votes and prints the JSON
that is kept beside this module.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from affectlab.affect import Interval, cluster_bootstrap_mean
from affectlab.bench.emomm._crema_votes import find_votes, read_votes, winners
from affectlab.bench.emomm.clip import Channel

SOURCE = (
    "CREMA-D, processedResults/tabulatedVotes.csv (Cao et al., 2014, doi 10.1109/TAFFC.2014.2336244; "
    "ODbL 1.0), clips whose votes are untied from the voice, the face and both; 95 % intervals by actor"
)

Judged = Mapping[Channel, str]
"""Channel to the emotion most people chose."""

_KEPT = Path(__file__).with_name("human.json")


@dataclass(frozen=True, slots=True)
class HumanProfile:
    """How the majorities of listeners (voice), viewers (face) and viewers of both compare.

    Parameters
    ----------
    clips
        With untied votes in all three conditions.
    conflicts
        Of these, where voice and face were judged differently.
    follow_face, follow_voice, follow_neither
        Shares of the conflicts in which viewers of both chose what the face, the voice or neither showed.
    voice_agrees, face_agrees
        Shares of all clips in which one modality alone was judged like both: what the other is worth.
    source
        Where the figures come from.
    """

    clips: int
    conflicts: int
    follow_face: Interval
    follow_voice: Interval
    follow_neither: Interval
    voice_agrees: Interval
    face_agrees: Interval
    source: str = SOURCE


def human_profile() -> HumanProfile:
    """Return the figures of CREMA-D's 6,042 clips, as computed by `profile_votes`."""
    kept: dict[str, Any] = json.loads(_KEPT.read_text(encoding="utf-8"))
    figures: dict[str, Any] = {
        name: Interval(**value) if isinstance(value, dict) else value for name, value in kept.items()
    }
    return HumanProfile(**figures)


def profile_votes(table: Path, *, resamples: int = 2000, seed: int = 0) -> HumanProfile:
    """Compute the figures from CREMA-D's table of votes.

    Parameters
    ----------
    table
        ``tabulatedVotes.csv``.
    resamples, seed
        Of the bootstrap over actors.

    Raises
    ------
    UnreadableFile
        If the table cannot be read.
    InvalidData
        If it holds fewer than two actors.
    """
    judged = {clip: found for clip, votes in read_votes(table).items() if (found := winners(votes))}
    conflicts = {clip: found for clip, found in judged.items() if found["A"] != found["V"]}

    def share(clips: Mapping[str, Judged], holds: Callable[[Judged], bool]) -> Interval:
        actors = [clip.partition("_")[0] for clip in clips]
        hits = [holds(found) for found in clips.values()]
        return cluster_bootstrap_mean(hits, actors, resamples=resamples, seed=seed)

    return HumanProfile(
        clips=len(judged),
        conflicts=len(conflicts),
        follow_face=share(conflicts, lambda found: found["M"] == found["V"]),
        follow_voice=share(conflicts, lambda found: found["M"] == found["A"]),
        follow_neither=share(conflicts, lambda found: found["M"] not in {found["A"], found["V"]}),
        voice_agrees=share(judged, lambda found: found["M"] == found["A"]),
        face_agrees=share(judged, lambda found: found["M"] == found["V"]),
    )


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(profile_votes(find_votes(Path(sys.argv[1])))), indent=2) + "\n")
