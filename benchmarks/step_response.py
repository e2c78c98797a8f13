"""How fast music answers when its target jumps while it plays, against the composer of rules.

Usage: python benchmarks/step_response.py [--jumps 12] [--beats 16] [--picture step.png]

The engine plays in real time, block by block of 20 ms against the wall clock, as in a session. After every so
many beats the target jumps between calm and bright, and tense and dark. For each cue the table says how many
beats the mean response over jumps needs to go half of its way: tempo and level as performed, attacks per
second and the register of the melody as written, and the level of the sound itself (RMS of the beat, after
limiter and loudness ceiling). `late` counts blocks that were ready more than 0.3 s after their time.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np

from affectlab.music import SFREQ_AUDIO, MusicControl, MusicEngine, make_composer, make_synthesiser
from affectlab.music.instruments import MELODY

BLOCK = 960
CALM, TENSE = MusicControl(0.6, -0.7), MusicControl(-0.6, 0.8)
ROW = "{:>10}" + "{:>10}" * 9
CUES = ("tempo", "level", "attacks", "register", "sound")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--jumps", type=int, default=12)
    parser.add_argument("--beats", type=int, default=16, help="between jumps")
    parser.add_argument("--composers", default="learned,rules")
    parser.add_argument("--picture", type=Path)
    arguments = parser.parse_args()
    print("beats to half of a jump, live")
    print(ROW.format("composer", *CUES, "RMS dBFS", "peak", "late", "fallbacks"))
    for name in arguments.composers.split(","):
        beats, sound, late, fallbacks = play(name, arguments.jumps, arguments.beats)
        responses = curves(beats, sound, arguments.jumps, arguments.beats)
        cues = [beats_to_half(responses[:, :, number]) for number in range(len(CUES))]
        level = 20 * np.log10(np.sqrt(np.mean(np.square(sound, dtype=float))))
        print(ROW.format(name, *cues, f"{level:.1f}", f"{np.abs(sound).max():.2f}", late, fallbacks))
        if arguments.picture and name == "learned":
            draw(beats, sound, arguments.picture)


def play(name: str, jumps: int, beats: int) -> tuple[list[Any], np.ndarray[Any, Any], int, int]:
    """Play in real time; return beats, sound, and how many blocks were late and beats not the composer's."""
    composer = make_composer(name, 0)
    engine = MusicEngine(composer, make_synthesiser("auto"))
    engine.set_control(CALM, at=0.0)
    played, blocks, late, turns = [], [], 0, 0
    begin = time.monotonic()
    while len(played) < (jumps + 1) * beats:
        now = len(blocks) * BLOCK / SFREQ_AUDIO
        ahead = begin + now - time.monotonic()
        if ahead > 0:
            time.sleep(ahead)
        late += ahead < -0.3
        if len(played) >= (turns + 1) * beats:
            turns += 1
            engine.set_control(TENSE if turns % 2 else CALM, at=now)
        block = engine.render(BLOCK)
        played += block.events
        blocks.append(block.samples)
    engine.close()
    return played, np.concatenate(blocks), late, getattr(composer, "fallbacks", 0)


def curves(
    beats: list[Any], sound: np.ndarray[Any, Any], jumps: int, count: int
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Return each cue after each jump, from the mean before (0) to the mean at the end (1)."""
    values = np.array([described(event, sound) for event in beats])
    values = np.where(np.isnan(values), np.nanmean(values, axis=0), values)
    found = []
    for jump in range(1, jumps + 1):
        at = jump * count
        before, after = values[at - count // 2 : at].mean(axis=0), values[at + count // 2 : at + count]
        change = after.mean(axis=0) - before
        found.append((values[at : at + count] - before) / np.where(np.abs(change) > 1e-9, change, np.nan))
    return np.array(found)


def described(event: Any, sound: np.ndarray[Any, Any]) -> tuple[float, ...]:
    """Return the cues of one beat."""
    beat = event.beat
    heard = sound[event.start_frame : event.start_frame + round(beat.duration * SFREQ_AUDIO)]
    melody = [note.pitch for note in beat.notes if note.part == MELODY]
    onsets = len({round(note.offset, 2) for note in beat.notes})
    level = 20 * np.log10(np.sqrt(np.mean(np.square(heard, dtype=float))) + 1e-6)
    pitch = float(np.mean(melody)) if melody else np.nan
    return np.log(beat.tempo_bpm), beat.dynamics, onsets / beat.duration, pitch, level


def beats_to_half(responses: np.ndarray[Any, Any]) -> str:
    """Return the first beat at which the mean response over jumps, and over the next beat, exceeds a half."""
    mean = np.nanmean(responses, axis=0)
    beyond = np.flatnonzero((mean[:-1] + mean[1:]) / 2 > 0.5)
    return str(beyond[0]) if beyond.size else "never"


def draw(beats: list[Any], sound: np.ndarray[Any, Any], path: Path) -> None:
    """Draw notes and spectrum."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt

    figure, (top, bottom) = plt.subplots(2, 1, figsize=(12, 7), sharex=True, layout="constrained")
    before = None
    for event in beats:
        start = event.start_frame / SFREQ_AUDIO
        for note in event.beat.notes:
            top.barh(
                note.pitch, note.duration, left=start + note.offset, height=0.8, alpha=note.velocity / 127
            )
        if before not in {None, event.control}:
            top.axvline(start, color="red")
            bottom.axvline(start, color="red")
        before = event.control
    bottom.specgram(sound.mean(axis=1) + 1e-9, NFFT=4096, Fs=SFREQ_AUDIO, noverlap=2048, vmin=-115, vmax=-40)
    top.set(ylabel="pitch (MIDI)")
    bottom.set(ylim=(40, 6000), yscale="log", ylabel="Hz", xlabel="seconds")
    figure.savefig(path, dpi=90)
    print(path)


if __name__ == "__main__":
    main()
