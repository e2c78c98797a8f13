"""Renders the examples of docs/music.md: sound, notes, and a picture of each.

Usage: python recipes/music/examples.py --out docs/music [--weights build/composer] [--only NAME,NAME]

Each example becomes NAME.ogg, NAME.mid and NAME.png: what was asked (above), the notes by part (middle), and
the spectrum of the sound (below).
"""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
import soundfile
from matplotlib import pyplot as plt

from affectlab.files import writing
from affectlab.music import SFREQ_AUDIO, make_synthesiser
from affectlab.music.evaluation.midi import write_midi
from affectlab.music.evaluation.sound import play
from affectlab.music.evaluation.take import Take, perform
from affectlab.music.instruments import PARTS
from affectlab.music.learned.live import learned_composer
from affectlab.music.learned.weights import SHIPPED
from affectlab.music.trajectory import Trajectory

# Name: points of (bar, valence, arousal), and the seed.
EXAMPLES: Final = {
    "calm": (((0, 0.5, -0.7), (12, 0.5, -0.7)), 1),
    "bright": (((0, 0.8, 0.5), (16, 0.8, 0.5)), 2),
    "tense-to-calm": (((0, -0.7, 0.7), (6, -0.7, 0.7), (14, 0.5, -0.6), (18, 0.5, -0.6)), 3),
    "jump": (((0, 0.6, -0.7), (8, 0.6, -0.7), (8, -0.6, 0.8), (16, -0.6, 0.8)), 4),
}
COLOURS: Final = dict(zip(PARTS, ("#c0392b", "#8e44ad", "#2471a3", "#1e8449"), strict=True))
# Sounds this far below the loudest are left out of the spectrum, dB, and so are those above this pitch, Hz.
FLOOR, HIGHEST = 75.0, 6000.0


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--weights", type=Path, default=SHIPPED)
    parser.add_argument("--only", default=",".join(EXAMPLES))
    parser.add_argument("--synth", default="auto")
    arguments = parser.parse_args()
    mpl.use("agg")
    for name in arguments.only.split(","):
        points, seed = EXAMPLES[name]
        table = np.array(points, float)
        asked = Trajectory(table[:, 0], table[:, 1:])
        composer = learned_composer(seed, live=False, folder=arguments.weights)
        take = perform(composer, asked.controls(4 * int(table[-1, 0])), name=name, arm="full", seed=seed)
        sound = play(take, make_synthesiser(arguments.synth))
        write_midi(take, arguments.out / f"{name}.mid")
        save_sound(sound, arguments.out / f"{name}.ogg")
        save_picture(take, sound, arguments.out / f"{name}.png")
        level = 20 * np.log10(np.sqrt(np.mean(np.square(sound, dtype=float))))
        sys.stdout.write(f"{name}: {take.seconds:.1f} s, RMS {level:.1f} dBFS\n")


def save_sound(sound: np.ndarray[Any, np.dtype[np.float32]], path: Path) -> None:
    """Write Ogg Vorbis, a second at a time: libsndfile's encoder fails on much longer blocks."""
    buffer = io.BytesIO()
    with soundfile.SoundFile(buffer, "w", SFREQ_AUDIO, 2, format="OGG", subtype="VORBIS") as file:
        for first in range(0, len(sound), SFREQ_AUDIO):
            file.write(sound[first : first + SFREQ_AUDIO])
    with writing(path) as temporary:
        temporary.write_bytes(buffer.getvalue())


def save_picture(take: Take, sound: np.ndarray[Any, np.dtype[np.float32]], path: Path) -> None:
    """Draw targets, notes and spectrum one above the other."""
    figure, (top, middle, bottom) = plt.subplots(
        3, 1, figsize=(10, 7), sharex=True, height_ratios=(1, 2.2, 1.8), layout="constrained"
    )
    starts = take.starts
    for axis, (asked, realised) in enumerate((("valence", "#b9770e"), ("arousal", "#2e4053"))):
        targets = [(control.valence, control.arousal)[axis] for control in take.controls]
        expressed = [(beat.valence, beat.arousal)[axis] for beat in take.beats]
        top.stairs(targets, starts, color=realised, lw=1, ls="--", label=f"{asked}, asked")
        top.stairs(expressed, starts, color=realised, lw=1.6, label=f"{asked}, read back", baseline=None)
    top.set(ylim=(-1.05, 1.05), ylabel="affect")
    top.legend(loc="upper left", ncols=4, fontsize="x-small", frameon=False)
    notes = take.notes()
    for part, colour in COLOURS.items():
        own = notes[notes["part"] == part]
        alphas = 0.25 + 0.75 * own["velocity"] / 127
        middle.barh(
            own["pitch"], own["duration"], left=own["onset"], height=0.8, color=[(colour, a) for a in alphas]
        )
        middle.plot([], [], color=colour, lw=4, label=part)
    middle.set(ylabel="pitch (MIDI)", ylim=(26, 98))
    middle.legend(loc="upper left", ncols=4, fontsize="x-small", frameon=False)
    bottom.specgram(
        sound.mean(axis=1) + 1e-9,
        NFFT=4096,
        Fs=SFREQ_AUDIO,
        noverlap=2048,
        cmap="magma",
        vmin=-FLOOR - 40,
        vmax=-40,
    )
    bottom.set(ylabel="Hz", ylim=(40, HIGHEST), yscale="log", xlabel="seconds", xlim=(0, take.seconds))
    with writing(path) as temporary:
        figure.savefig(temporary, format="png", dpi=90)
    plt.close(figure)


if __name__ == "__main__":
    main()
