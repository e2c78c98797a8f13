"""Clips of EmoMM-Synth, with their media, on disk."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from affectlab.affect import sims5_class
from affectlab.bench.emomm.clip import Channel, Clip
from affectlab.bench.emomm.synth.face import FPS, draw_face
from affectlab.bench.emomm.synth.identity import Identity, make_identity
from affectlab.bench.emomm.synth.media import write_audio, write_video
from affectlab.bench.emomm.synth.scenario import SPEAKER_CLIPS, Plan, Scenario, plan_clip
from affectlab.bench.emomm.synth.seeds import Stream, generator
from affectlab.bench.emomm.synth.voice import RATE, speak
from affectlab.bench.emomm.synth.words import make_sentence
from affectlab.errors import InvalidData
from affectlab.manifest import sha256
from affectlab.models import MODALITIES, Media, MediaKind

_CHUNK = 16
_WORTH_PROCESSES = 200
"""Starting processes takes as long as making about this many clips."""

Progress = Callable[[int, int], None]


def make_clips(
    n: int,
    out_dir: Path,
    seed: int,
    *,
    scenario: Scenario | None = None,
    stream: Stream = "bench",
    workers: int | None = None,
    progress: Progress | None = None,
) -> list[Clip]:
    """Make `n` clips with their media under ``out_dir/media``.

    Clip `i` depends on `seed`, `i`, `stream` and `scenario` alone: more clips continue the same series, and
    the same arguments give the same bytes with the same libraries.

    Parameters
    ----------
    n
        How many, at least 1.
    out_dir
        Made when absent.
    seed
        Not negative.
    scenario
        Proportions of kinds of clips; EmoMM's by default.
    stream
        "train" for what models are trained on: it shares neither random numbers nor sentences with "bench".
    workers
        Processes; by default one for each core, or none beside this one for a few clips.
    progress
        Called with the number of clips done and `n`.

    Raises
    ------
    InvalidData
        If `n` or `seed` is out of range.
    MissingExtra
        If PyAV is not installed.
    """
    if n < 1 or seed < 0:
        raise InvalidData(f"synthetic clips need n >= 1 and seed >= 0, got n={n} and seed={seed}")
    make = partial(_make_clip, out_dir.absolute(), scenario or Scenario(), stream, seed)
    processes = workers or (len(os.sched_getaffinity(0)) if n >= _WORTH_PROCESSES else 1)
    clips: list[Clip] = []
    for clip in _spread(make, range(n), processes):
        clips.append(clip)
        if progress:
            progress(len(clips), n)
    return clips


def _spread(make: Callable[[int], Clip], indices: Iterable[int], processes: int) -> Iterator[Clip]:
    if processes == 1:
        yield from map(make, indices)
        return
    # Spawned, not forked: the caller may have threads, and a fork would inherit their locks.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(make, indices, chunksize=_CHUNK)


def _make_clip(out_dir: Path, scenario: Scenario, stream: Stream, seed: int, index: int) -> Clip:
    plan = plan_clip(scenario, stream, seed, index)
    speaker = index // SPEAKER_CLIPS
    name = f"synth_{stream}_{seed}_{index:06d}"
    who = make_identity(stream, seed, speaker)
    media = out_dir / "media"
    face = _write_face(media / f"{name}.mp4", who, plan, generator(stream, seed, index, "face"))
    voice = _write_voice(media / f"{name}.wav", who, plan, generator(stream, seed, index, "voice"))
    words = make_sentence(
        plan.language, sims5_class(plan.values["T"]), stream, generator(stream, seed, index, "words")
    )
    values: dict[Channel, float] = {one: round(plan.values[one], 4) for one in MODALITIES}
    values["M"] = round(plan.reference_value, 4)
    return Clip(
        id=name,
        corpus="synth",
        source=name,
        speaker=f"synth_{stream}_{seed}_s{speaker:05d}",
        language=plan.language,
        text=words,
        audio=voice,
        video=face,
        labels={channel: sims5_class(value) for channel, value in values.items()},
        values=values,
        details=plan.facts(),
    )


def _write_face(path: Path, who: Identity, plan: Plan, rng: np.random.Generator) -> Media:
    write_video(path, draw_face(who, plan.values["V"], plan.arousal["V"], rng), FPS)
    return _stored("video", path)


def _write_voice(path: Path, who: Identity, plan: Plan, rng: np.random.Generator) -> Media:
    write_audio(path, speak(who, plan.values["A"], plan.arousal["A"], rng), RATE)
    return _stored("audio", path)


def _stored(kind: MediaKind, path: Path) -> Media:
    return Media(kind, path, sha256(path))
