"""CREMA-D: agreement and conflict of voice and face, as they happened and as made.

Actors speak twelve neutral sentences with six emotions, and people judged each clip from the voice alone, the
face alone and both (see `read_votes`). The labels of A, V and M are what most of them chose; the words are
neutral by design, so T is neutral. A made clip shows the pictures of one clip with the sound of another, of
the same actor and sentence, for every ordered pair; whether it is a conflict is for the votes to say, as
anywhere. Nobody judged made clips: their reference is the face's label, a rule of ours, because viewers of
real conflicts follow the face more than three times as often as the voice (`affectlab.bench.emomm.human`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import permutations
from pathlib import Path

from affectlab.bench.emomm._corpus import Corpus, Draft, Skipped, first_with_content, require_some
from affectlab.bench.emomm._crema_votes import Votes, find_votes, read_votes, winners
from affectlab.bench.emomm.clip import Channel

LAYOUT = "VideoFlash/<clip>.flv (or media/<clip>.flv) and processedResults/tabulatedVotes.csv"

SENTENCES: Mapping[str, str] = {
    "IEO": "It's eleven o'clock.",
    "TIE": "That is exactly what happened.",
    "IOM": "I'm on my way to the meeting.",
    "IWW": "I wonder what this is about.",
    "TAI": "The airplane is almost full.",
    "MTI": "Maybe tomorrow it will be cold.",
    "IWL": "I would like a new alarm clock.",
    "ITH": "I think I have a doctor's appointment.",
    "DFA": "Don't forget a jacket.",
    "ITS": "I think I've seen this before.",
    "TSI": "The surface is slick.",
    "WSI": "We'll stop in a couple of minutes.",
}
"""What is said, by the code in the file name (CREMA-D's README)."""

_NEUTRAL = "N"
_VIDEO = ("VideoFlash/{}.flv", "media/{}.flv", "{}.flv")
_AUDIO = ("AudioWAV/{}.wav", "AudioMP3/{}.mp3", "media/{}.wav", "media/{}.mp3", "{}.wav", "{}.mp3")


def read_crema_d(folder: Path) -> tuple[Corpus, Corpus]:
    """Read CREMA-D; returns the clips as they are, and those made by exchanging their sound.

    Clips whose votes are tied, or whose pictures are missing, are skipped. Sound comes from the WAV or MP3 of
    the clip, else from the track of its video.

    Raises
    ------
    UnreadableFile
        If the folder is laid out otherwise, or not one clip can be used.
    """
    table = find_votes(folder)
    found = [_draft(name, votes, folder) for name, votes in sorted(read_votes(table).items())]
    drafts = tuple(one for one in found if isinstance(one, Draft))
    skipped = tuple(one for one in found if isinstance(one, Skipped))
    tied = sum(one.why.startswith("tied") for one in skipped)
    notes = (f"crema_d: clips left out because their votes are tied: {tied}",) if tied else ()
    real = require_some(Corpus("crema_d", drafts, skipped, notes, (table,)), LAYOUT)
    return real, Corpus("crema_d, made", tuple(exchanged(drafts)))


def exchanged(drafts: Iterable[Draft]) -> Iterator[Draft]:
    """Give every clip the sound of every other clip of its actor and sentence."""
    alike: dict[tuple[str, str], list[Draft]] = defaultdict(list)
    for draft in drafts:
        alike[draft.speaker, draft.text].append(draft)
    for clips in alike.values():
        for seen, heard in permutations(clips, 2):
            yield _exchanged(seen, heard)


def _exchanged(seen: Draft, heard: Draft) -> Draft:
    face, voice = str(seen.details["file"]), str(heard.details["file"])
    votes = {"A": heard.details["votes"]["A"], "V": seen.details["votes"]["V"]}
    labels: dict[Channel, str] = {
        "T": _NEUTRAL,
        "A": heard.labels["A"],
        "V": seen.labels["V"],
        "M": seen.labels["V"],
    }
    return replace(
        seen,
        id=f"{seen.id}-with-{voice}",
        audio=heard.audio,
        labels=labels,
        details={"made": True, "face": face, "voice": voice, "votes": votes, "reference": "face"},
    )


def _draft(name: str, votes: Mapping[Channel, Votes], folder: Path) -> Draft | Skipped:
    labels = winners(votes)
    video = _first(folder, _VIDEO, name)
    actor, sentence, *_ = (*name.split("_"), "")
    if video is None:
        return Skipped(name, f"no file {folder / 'VideoFlash' / name}.flv")
    if labels is None:
        return Skipped(name, "tied votes")
    if sentence not in SENTENCES:
        return Skipped(name, f"unknown sentence {sentence!r}")
    return Draft(
        id=f"crema_d_{name}",
        corpus="crema_d",
        source=f"crema_d_{actor}",
        speaker=f"crema_d_{actor}",
        language="en",
        text=SENTENCES[sentence],
        audio=_first(folder, _AUDIO, name) or video,
        video=video,
        labels={"T": _NEUTRAL, **labels},
        details={"made": False, "file": name, "votes": dict(votes), "reference": "viewers of both"},
    )


def _first(folder: Path, places: Iterable[str], name: str) -> Path | None:
    return first_with_content([folder / place.format(name) for place in places])
