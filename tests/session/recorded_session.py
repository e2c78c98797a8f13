"""Sessions to test with, written through the recorder itself from a seeded generator."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np

from affectlab.manifest import make_manifest
from affectlab.planning.plan import AffectTarget, InterventionPlan, MusicalAttributes
from affectlab.session.config import SessionConfig
from affectlab.session.events import (
    BeatEvent,
    ControlEvent,
    Event,
    ExchangeEvent,
    LatencyEvent,
    NoticeEvent,
    PageEvent,
    PhaseEvent,
    PlanChoiceEvent,
    PlanEvent,
    QualityEvent,
    StateEvent,
)
from affectlab.session.recorder import SessionRecorder
from affectlab.signals.window import Chunk

CHANNELS = ("Fp1", "Fp2", "F3", "F4", "C3", "C4", "O1", "O2")
SFREQ = 250.0
CHUNK = 0.02
GOAL = (0.4, -0.5)


def write_session(
    folder: Path,
    *,
    seconds: float = 120.0,
    seed: int = 0,
    arm: str = "closed",
    sound: bool = True,
    end: bool = True,
    model: bool = False,
) -> SessionRecorder:
    """Record a session; `end=False` leaves it as a crash would, with `model` one is asked for plans."""
    config = SessionConfig(arm=arm, minutes=max(seconds, 1) / 60, seed=seed, decoder="bandpower")
    recorder = SessionRecorder(folder, patience=30.0)
    recorder.begin(
        make_manifest(
            "session run", config.to_json(), seeds={"session": seed}, models={"decoder": "bandpower"}
        )
    )
    recorder.open_eeg("sim", CHANNELS, SFREQ, "sim-0")
    told = planning_events(seconds) if model else ()
    events = sorted((*session_events(seconds, seed, arm), *told), key=lambda event: event.time)
    for chunk in eeg_chunks(seconds, seed):
        recorder.eeg(chunk)
        now = float(chunk.times[-1])
        while events and events[0].time <= now:
            recorder.event(events.pop(0))
    for event in events:
        recorder.event(event)
    if sound:
        for second in range(int(seconds)):
            recorder.audio(tone(second))
    if end:
        recorder.finish(session_summary(seconds, arm))
    else:
        recorder.abandon()
    return recorder


def eeg_chunks(seconds: float, seed: int) -> Iterator[Chunk]:
    """Coloured noise with an alpha rhythm, in chunks of 20 ms, with one short dropout."""
    generator = np.random.default_rng(seed)
    n = int(seconds * SFREQ)
    times = np.arange(n) / SFREQ
    noise = generator.normal(0, 6, (n, len(CHANNELS)))
    data = noise + 12 * np.sin(2 * np.pi * 10 * times)[:, None] * np.linspace(0.2, 1, len(CHANNELS))
    data[(times > 20) & (times < 20.2), 3] = np.nan
    step = int(CHUNK * SFREQ)
    for start in range(0, n, step):
        yield Chunk(data[start : start + step].astype(np.float32), times[start : start + step])


def tone(second: int) -> np.ndarray:
    """One second of a quiet stereo tone whose loudness breathes every thirty seconds."""
    return _tone(second % 30).copy()


@cache
def _tone(second: int) -> np.ndarray:
    t = np.arange(48_000) / 48_000 + second
    wave = 0.1 * (1 + 0.6 * np.sin(2 * np.pi * t / 30)) * np.sin(2 * np.pi * 220 * t)
    return np.round(np.column_stack([wave, 0.8 * wave]) * 32767).astype(np.int16)


def session_summary(seconds: float, arm: str) -> dict[str, object]:
    return {
        "arm": arm,
        "samples_in": int(seconds * SFREQ),
        "samples_recorded": int(seconds * SFREQ),
        "windows": int(seconds / 2),
        "latency_ms": {
            "sample_to_control": {"p50": 9.1, "p99": 21.4},
            "control_to_pcm": {"p50": 2.2, "p99": 6.5},
        },
        "underruns": 0,
        "fallbacks": 3,
        "audio": {"seconds": int(seconds), "peak_dbfs": -15.9, "rms_dbfs": -24.7},
        "cpu_share": 0.21,
    }


def session_events(seconds: float, seed: int, arm: str = "closed") -> Iterator[Event]:
    yield from _phases(seconds)
    yield from _states(seconds, seed, arm)
    yield from _quality(seconds, seed)
    yield from _plans(seconds)
    yield from _controls(seconds, seed, arm)
    yield from _beats(seconds)
    yield from _page(seconds)
    for time in np.arange(10, seconds, 10.0):
        stages = {
            "filter": {"p50": 1.1, "p99": 2.9, "max": 4.0, "n": 50},
            "decode": {"p50": 4.2, "p99": 11 + time / 60, "max": 19.0, "n": 5},
        }
        yield LatencyEvent(time=float(time), stages=stages)


def _rest(seconds: float) -> float:
    return min(60.0, seconds / 5)


def _phases(seconds: float) -> Iterator[Event]:
    yield PhaseEvent(time=0.0, phase="rest", reason="resting baseline")
    yield PhaseEvent(time=_rest(seconds), phase="music", reason="baseline of 24 s is enough")
    yield PhaseEvent(time=seconds, phase="ended", reason="time is up")


def path(time: float, seconds: float) -> tuple[float, float]:
    """Where the simulated listener truly is."""
    share = max(0.0, (time - _rest(seconds)) / seconds)
    return (-0.4 + 0.8 * share, 0.5 - 0.9 * share)


def _states(seconds: float, seed: int, arm: str) -> Iterator[Event]:
    generator = np.random.default_rng(seed + 1)
    for time in np.arange(4, seconds, 2.0):
        truth = np.array(path(time, seconds))
        decoded = np.clip(truth + generator.normal(0, 0.3, 2), -1, 1)
        believed = np.clip(truth + generator.normal(0, 0.05, 2), -1, 1)
        variance = 0.09 if time < 30 else 0.03
        yield StateEvent(
            time=float(time),
            decoder="bandpower",
            decoded_mean=tuple(decoded.tolist()),
            decoded_covariance=(0.12, 0.01, 0.1),
            belief_mean=tuple(believed.tolist()),
            belief_covariance=(variance, 0.005, variance / 1.5),
            resting=bool(time < _rest(seconds)),
            usable_share=0.9,
            truth=tuple(truth.tolist()),
        )


def _quality(seconds: float, seed: int) -> Iterator[Event]:
    generator = np.random.default_rng(seed + 2)
    for time in np.arange(4, seconds, 2.0):
        scores = dict(zip(CHANNELS, generator.uniform(0.85, 1, len(CHANNELS)).round(3).tolist(), strict=True))
        reasons: dict[str, tuple[str, ...]] = {}
        if 60 < time < 90:
            scores["O2"], reasons["O2"] = 0.1, ("flat: the electrode may be off",)
        if int(time) % 14 == 0:
            scores["Fp1"], reasons["Fp1"] = 0.45, ("eye blinks",)
        yield QualityEvent(time=float(time), scores=scores, reasons=reasons)


def plan() -> InterventionPlan:
    return InterventionPlan(
        description="Begin close to how the listener feels, then slow down and brighten, section by section.",
        attributes=MusicalAttributes(
            mode="major", register="middle", instruments=("piano", "strings"), articulation="legato"
        ),
        tempo_bpm=72,
        texture_density=0.4,
        section_seconds=30,
        section_dynamics=(0.5, 0.4, 0.35),
        trajectory=tuple(AffectTarget(valence=v, arousal=a) for v, a in ((-0.1, 0.2), (0.2, -0.2), GOAL)),
        rationale="Iso-principle: meet, then lead.",
        made_by="rules",
    )


def _plans(seconds: float) -> Iterator[Event]:
    yield PlanEvent(
        time=_rest(seconds),
        planner="rules",
        reason="start",
        plan=plan().model_dump(mode="json", by_alias=True),
    )


def planning_events(seconds: float) -> Iterator[Event]:
    """What is recorded where a model is asked for plans."""
    yield ExchangeEvent(
        time=_rest(seconds),
        model="openai:m",
        messages=[{"role": "user", "text": "Plan a calm half hour."}],
        answer="I would rather not.",
        seconds=1.5,
        outcome="invalid",
        remark="the answer holds no JSON object",
    )
    yield PlanChoiceEvent(
        time=_rest(seconds), who="researcher", action="reject", before=None, after=None, proposal=None
    )


def _controls(seconds: float, seed: int, arm: str) -> Iterator[Event]:
    for index, time in enumerate(np.arange(_rest(seconds), seconds, 10.0)):
        now = np.array(path(time, seconds))
        following = now + 0.25 * (np.array(GOAL) - now)
        hold = index % 4 == 3
        yield ControlEvent(
            time=float(time),
            kind="hold" if hold else "lead",
            reason="the last step is too fresh" if hold else "a step towards the plan's target",
            arm=arm,
            desired=GOAL,
            estimate=tuple(now.tolist()),
            next_target=tuple(following.tolist()),
            music=tuple((following + 0.05).tolist()),
            alpha=0.6,
            confidence=0.7,
            tempo_bpm=72.0,
        )


def _beats(seconds: float) -> Iterator[Event]:
    time, beat, tempo = _rest(seconds), 0, 96.0
    while time < seconds:
        share = time / seconds
        tempo = 96 - 24 * share
        yield BeatEvent(
            time=float(time),
            bar=beat // 4,
            beat=beat % 4,
            notes=3 + beat % 3,
            valence=-0.2 + 0.6 * share,
            arousal=0.4 - 0.8 * share,
            tempo_bpm=tempo,
            density=0.6 - 0.3 * share,
            dynamics=0.55 - 0.2 * share,
            facts={
                "key": "C" if share < 0.6 else "G",
                "mode": "minor" if share < 0.4 else "major",
                "chord": ("I", "vi", "IV", "V")[beat // 4 % 4],
                "section": f"{int(share * 4) + 1}",
            },
        )
        time, beat = time + 60 / tempo, beat + 1


def _page(seconds: float) -> Iterator[Event]:
    yield NoticeEvent(
        time=min(60.0, seconds), kind="quality", text="O2 is flat: press the electrode on <gently>"
    )
    yield PageEvent(time=_rest(seconds) - 1, kind="level check", data={"ok": True, "dba": 58.5})
    for share in (0.25, 0.95):
        yield PageEvent(
            time=share * seconds, kind="rating", data={"valence": round(share - 0.4, 2), "arousal": -0.2}
        )
    yield PageEvent(time=0.5 * seconds, kind="marker", data={"text": "door slammed"})
