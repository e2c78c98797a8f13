"""Pieces to tokens and back, by miditok's REMI; only training and corpora need it.

REMI: Huang & Yang (2020), Pop Music Transformer, ACM Multimedia, 1180-1188. One stream holds all parts,
each written as a fixed General MIDI program; time signatures are on; velocity and tempo are left to the
performance, rests to positions.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import MissingExtra
from affectlab.music.instruments import PARTS
from affectlab.music.learned.piece import METRES, NOTE, PITCHES, PROGRAMS, TICKS, Piece, piece_of
from affectlab.music.learned.vocabulary import Kind, Vocabulary

if TYPE_CHECKING:
    from miditok import REMI

# Beats from, to: steps per beat that a duration may have there; `DURATIONS` says the same in ticks.
RESOLUTIONS = {(0, 1): TICKS, (1, 4): 4, (4, 8): 2}


@lru_cache(maxsize=1)
def tokenizer() -> REMI:
    """Return miditok's tokenizer as this package sets it."""
    try:
        from miditok import REMI, TokenizerConfig
    except ImportError as error:
        raise MissingExtra("miditok", "train") from error
    config = TokenizerConfig(
        pitch_range=(PITCHES[0], PITCHES[-1]),
        beat_res=RESOLUTIONS,
        special_tokens=["PAD", "BOS", "EOS"],
        use_velocities=False,
        use_pitchdrum_tokens=False,
        use_programs=True,
        programs=sorted(PROGRAMS.values()),
        one_token_stream_for_programs=True,
        use_time_signatures=True,
        time_signature_range={4: list(METRES)},
    )
    return REMI(config)


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """Return what miditok's ids say, in a form that needs no miditok."""
    ids: dict[str, int] = tokenizer().vocab
    return Vocabulary(tuple(sorted(ids, key=ids.__getitem__)))


def encode(piece: Piece) -> NDArray[np.uint16]:
    """Return the ids of a piece, from the begin token to the end token."""
    words = vocabulary()
    ids = tokenizer().encode(_score(piece)).ids
    return np.array([words.begin, *ids, words.end], np.uint16)


def decode(ids: NDArray[np.uint16], name: str = "decoded") -> Piece:
    """Return the piece that `ids` say; its tempo and loudness are unknown."""
    words = vocabulary()
    kinds = words.kinds[ids]
    score = tokenizer().decode(ids[kinds != Kind.SPECIAL].tolist())
    found = [_notes(track) for track in score.tracks]
    notes = np.concatenate(found) if found else np.zeros(0, NOTE)
    return piece_of(name, words.values[ids[kinds == Kind.METRE]].astype(np.int16), notes)


def _score(piece: Piece) -> Any:
    from symusic import Note, Score, TimeSignature, Track

    score = Score(TICKS)
    for beat, metre in zip(piece.bar_starts, piece.metres, strict=True):
        if not score.time_signatures or score.time_signatures[-1].numerator != metre:
            score.time_signatures.append(TimeSignature(int(beat) * TICKS, int(metre), 4))
    for part in PARTS:
        track = Track(part, PROGRAMS[part])
        for note in piece.of_part(part):
            track.notes.append(Note(int(note["start"]), int(note["duration"]), int(note["pitch"]), 64))
        if len(track.notes):
            score.tracks.append(track)
    return score


def _notes(track: Any) -> NDArray[np.void]:
    parts = {program: PARTS.index(part) for part, program in PROGRAMS.items()}
    rows = [(note.start, note.duration, note.pitch, parts[track.program]) for note in track.notes]
    return np.array(rows, NOTE)
