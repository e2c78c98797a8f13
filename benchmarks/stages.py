"""What each stage of the loop costs, on the simulated listener's own signal and music.

Usage: python benchmarks/stages.py [--seconds 120] [--json]

Prints median and 99th percentile of every stage, in milliseconds, one call after the other in one thread. A
row that begins with "rival:" does the job of the row above it with another library, on the same samples.
The learned decoder, called "graph", is timed on 19 and on 64 electrodes; it rests for half of the signal, a
minute at most, ten times over, and makes its baseline with the first window after each. Times are those of
the wall clock: on a busy machine the percentiles tell of the neighbours too.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mne
import numpy as np

from affectlab.decoding import log_band_power, make_decoder, without_prior
from affectlab.manifest import make_manifest
from affectlab.music import MusicControl, MusicEngine, make_composer, make_synthesiser
from affectlab.planning import make_planner, parse_goal
from affectlab.session.arms import Closed
from affectlab.session.clock import TICK
from affectlab.session.config import UpdateConfig
from affectlab.session.events import Event, StateEvent
from affectlab.session.guidance import Guidance
from affectlab.session.loop import FRAMES
from affectlab.session.session_files import SessionFiles
from affectlab.session.xdf import StreamHeader, XdfWriter
from affectlab.signals import Chunk, Conditioner, QualityJudge, Receiver, SignalChain, Window, open_source
from affectlab.studio.hub import AudioHub

SFREQ, LENGTH, STEP = 250, 1000, 125
MOST_REST, RESTS = 60.0, 10
LEAST_SECONDS = 30.0
"""Of signal, so that there is a resting baseline to decode against."""


class Stopwatch:
    """Seconds per stage, in order of the first measurement."""

    def __init__(self) -> None:
        self._seconds: dict[str, list[float]] = {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        before = time.perf_counter()
        yield
        self.add(stage, time.perf_counter() - before)

    def add(self, stage: str, seconds: float) -> None:
        self._seconds.setdefault(stage, []).append(seconds)

    def rows(self) -> list[dict[str, Any]]:
        return [_row(stage, np.array(seconds) * 1000) for stage, seconds in self._seconds.items()]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=120.0, help="of signal and of music")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    if arguments.seconds < LEAST_SECONDS:
        parser.error(f"--seconds is {arguments.seconds:g}; expected {LEAST_SECONDS:g} or more")
    rows = measure(arguments.seconds)
    if arguments.json:
        manifest = make_manifest("benchmarks/stages.py", {"seconds": arguments.seconds}, seeds={"all": 0})
        print(json.dumps({"command": "benchmarks/stages.py", "manifest": manifest, "rows": rows}))
    else:
        show(rows)


def measure(seconds: float) -> list[dict[str, Any]]:
    """Return one row per stage, in the order a sample passes them."""
    watch = Stopwatch()
    chunks, channels = receive(watch, seconds)
    windows = condition(watch, chunks, channels)
    states = decide(watch, windows)
    decode_by_graph(watch, windows)
    decode_by_graph(watch, many_channels(seconds))
    play(watch, seconds)
    record(watch, chunks, channels, states)
    return watch.rows()


def receive(watch: Stopwatch, seconds: float, name: str = "sim") -> tuple[list[Chunk], tuple[str, ...]]:
    """Send the listener's EEG over LSL, tick by tick, and take it in again."""
    source = open_source(name, heard=lambda _time: (0.3, -0.3))
    receiver = Receiver(source.open())
    receiver.open()
    chunks = []
    for tick in range(1, round(seconds / TICK) + 1):
        with watch("source: publish 20 ms over LSL"):
            due = source.advance(tick * TICK)
        with watch("receiver: pull 20 ms from LSL"):
            chunk = receiver.pull(expect=due)
        if chunk is not None:
            chunks.append(chunk)
    receiver.close()
    source.close()
    return chunks, receiver.channels


def condition(watch: Stopwatch, chunks: list[Chunk], channels: tuple[str, ...]) -> list[Window]:
    """Filter, cut and judge; beside it, what the rivals need for a window they filter afresh."""
    chain, conditioner = SignalChain(SFREQ, channels), Conditioner(SFREQ, len(channels))
    windows: list[Window] = []
    for chunk in chunks:
        with watch("conditioning: filter 20 ms"):
            conditioner.process(chunk.data)
        before = time.perf_counter()
        done = chain.push(chunk)
        if done:
            stage = "chain: filter 20 ms; cut, judge and re-reference a window"
            watch.add(stage, time.perf_counter() - before)
        windows += done
    samples = np.concatenate([chunk.data for chunk in chunks])
    filter_windows(watch, samples, channels)
    return windows


def filter_windows(watch: Stopwatch, samples: np.ndarray, channels: tuple[str, ...]) -> None:
    """Condition 4 s at once, ours and MNE's (which runs forward and backward), and judge them."""
    conditioner, judge = Conditioner(SFREQ, len(channels)), QualityJudge(channels, SFREQ)
    for start in range(0, len(samples) - LENGTH + 1, STEP):
        conditioner.reset()
        with watch("conditioning: filter 4 s"):
            conditioned = conditioner.process(samples[start : start + LENGTH])
        complete = np.ascontiguousarray(conditioned.raw.T)
        with watch("rival: mne.filter, 4 s, same edges and notch, IIR"):
            mne_filter(complete)
        with watch("quality: judge a window of 4 s"):
            judge.assess(conditioned)


def mne_filter(data: np.ndarray) -> np.ndarray:
    passed = mne.filter.filter_data(data, SFREQ, 1.0, 45.0, method="iir", verbose="ERROR")
    notched: np.ndarray = mne.filter.notch_filter(passed, SFREQ, 50.0, method="iir", verbose="ERROR")
    return notched


def decide(watch: Stopwatch, windows: list[Window]) -> list[Event]:
    """Decode every window, fuse it, and decide at every one; the session decides every 10 s only."""
    decoder, driver = make_decoder("bandpower"), Closed(UpdateConfig())
    guidance = Guidance(
        "closed", driver, make_planner("rules"), UpdateConfig(), goal=parse_goal("relax"), emit=lambda _: None
    )
    for window in windows[:30]:
        decoder.observe_rest(window)
    with watch("planner: write a plan (rules)"):
        guidance.begin(windows[30].time, windows[-1].time)
    events: list[Event] = []
    for window in windows[30:]:
        read_features(watch, window)
        with watch("decoder: decode a window (bandpower)"):
            decoded = decoder.decode(window)
        measured = without_prior(decoded)
        with watch("person model and trust: fuse a window"):
            driver.hear((0.3, -0.3), window.time)
            if measured is not None:
                driver.decoded(measured)
        with watch("update rule: decide"):
            driver.decide(window.time, np.array(guidance.desired(window.time)))
        events.append(_state(window))
    return events


def many_channels(seconds: float) -> list[Window]:
    """Return windows of the same listener with 64 electrodes, untimed."""
    names = mne.channels.make_standard_montage("biosemi64").ch_names
    chunks, channels = receive(Stopwatch(), seconds, f"sim?channels={','.join(names)}")
    chain = SignalChain(SFREQ, channels)
    return [window for chunk in chunks for window in chain.push(chunk)]


def decode_by_graph(watch: Stopwatch, windows: list[Window]) -> None:
    """Decode as the loop does: rest, the baseline that is made of it, and what follows."""
    until = min(MOST_REST, windows[-1].time / 2)
    resting = [window for window in windows if window.time <= until]
    after, *others = windows[len(resting) :]
    what = f"(graph, {len(after.channels)} channels)"
    for _ in range(RESTS):
        decoder = make_decoder("graph")
        for window in resting:
            with watch(f"decoder: take in and decode a window of rest {what}"):
                decoder.observe_rest(window)
                decoder.decode(window)
        with watch(f"decoder: make the baseline and decode a window {what}"):
            decoder.decode(after)
    for window in others:
        with watch(f"decoder: decode a window {what}"):
            decoder.decode(window)


def read_features(watch: Stopwatch, window: Window) -> None:
    """Take band power alone: ours, and MNE's Welch estimate of the same segments."""
    with watch("features: band power of a window"):
        log_band_power(window.data, window.sfreq)
    with watch("rival: mne.time_frequency.psd_array_welch"):
        mne.time_frequency.psd_array_welch(
            window.data, window.sfreq, 4, 45, n_fft=500, n_overlap=250, verbose="ERROR"
        )


def play(watch: Stopwatch, seconds: float) -> None:
    """Compose and render; hand a block to a listening page."""
    composer = make_composer("rules", 0)
    for _ in range(round(seconds)):
        with watch("composer: write a beat (rules)"):
            composer.next_beat(MusicControl(0.4, -0.2))
    for name in ("builtin", "auto"):
        synthesiser = make_synthesiser(name)
        engine = MusicEngine(make_composer("rules", 0), synthesiser)
        engine.set_control(MusicControl(0.4, -0.2), at=0.0)
        for _ in range(round(seconds / TICK)):
            with watch(f"engine: 20 ms of sound ({synthesiser.name}), limited and metered"):
                block = engine.render(FRAMES)
    hub = AudioHub()
    for number in range(1000):
        with watch("hub: pack 20 ms of sound for the page"):
            hub.publish(number * FRAMES, block.to_pcm16())


def record(watch: Stopwatch, chunks: list[Chunk], channels: tuple[str, ...], states: list[Event]) -> None:
    """Write what the recorder's own thread writes: EEG as XDF and one line per event."""
    with tempfile.TemporaryDirectory() as folder:
        writer = XdfWriter(Path(folder) / "eeg.xdf")
        stream = writer.add_stream(StreamHeader("EEG", "EEG", channels, SFREQ, "float32", "microvolts"))
        for index, chunk in enumerate(chunks):
            with watch("recorder: add 20 ms of EEG to XDF"):
                writer.samples(stream, chunk.data, chunk.times)
            if index % 25 == 24:
                with watch("recorder: flush 0.5 s of XDF"):
                    writer.flush()
        writer.close()
        (Path(folder) / "session").mkdir()
        files = SessionFiles(Path(folder) / "session")
        for event in states:
            with watch("recorder: write an event"):
                files.event(event)
        files.close()


def _state(window: Window) -> StateEvent:
    spread = (0.25, 0.0, 0.25)
    return StateEvent(
        time=window.time,
        decoder="bandpower",
        decoded_mean=(0.0, 0.0),
        decoded_covariance=spread,
        belief_mean=(0.0, 0.0),
        belief_covariance=spread,
        resting=False,
        usable_share=1.0,
    )


def _row(stage: str, milliseconds: np.ndarray) -> dict[str, Any]:
    median, p99 = np.percentile(milliseconds, [50, 99])
    return {
        "stage": stage,
        "median_ms": round(float(median), 4),
        "p99_ms": round(float(p99), 4),
        "n": len(milliseconds),
    }


def show(rows: list[dict[str, Any]]) -> None:
    width = max(len(row["stage"]) for row in rows)
    print(f"{'stage':{width}}  {'median ms':>10}  {'p99 ms':>10}  {'n':>6}")
    for row in rows:
        print(f"{row['stage']:{width}}  {row['median_ms']:>10.3f}  {row['p99_ms']:>10.3f}  {row['n']:>6}")


if __name__ == "__main__":
    main()
