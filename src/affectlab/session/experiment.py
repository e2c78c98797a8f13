"""Simulated experiments: the same listeners in every arm, and what each arm achieves."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from affectlab.affect import cluster_bootstrap_mean, paired_cluster_bootstrap
from affectlab.config import load
from affectlab.errors import InvalidConfig, UnreadableFile
from affectlab.files import write_json
from affectlab.session.build import check_names
from affectlab.session.config import SessionConfig

Row = dict[str, Any]
Result = dict[str, Any]

METRICS = ("final_distance", "seconds_to_region", "reached")
"""Mean distance from the goal in the last minute; seconds from the first music to the target region, counted
as the whole session where it was never reached; share of listeners who reached it."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One cell of the experiment."""

    arm: str
    decoder: str
    seed: int

    @property
    def name(self) -> str:
        return f"{self.arm}-{self.decoder}-{self.seed}"


def run_experiment(
    base: SessionConfig,
    *,
    arms: Sequence[str],
    decoders: Sequence[str],
    seeds: Sequence[int],
    out: Path,
    workers: int,
    done: Callable[[int, int], None],
) -> list[Row]:
    """Run every combination and compare the arms.

    Finished sessions are kept in `out`, one file each, and not run again.

    Parameters
    ----------
    base
        What all sessions share; must be simulated.
    workers
        Sessions at a time, each in a process of its own.
    done
        Told how many of how many sessions are finished.

    Raises
    ------
    InvalidConfig
        If the source is not simulated, since only a simulated listener can be in two arms at once, or a
        name is not known.
    UnreadableFile
        If a file in `out` has the name of a result and is none.
    """
    conditions = [Condition(*cell) for cell in product(arms, decoders, seeds)]
    _check(base, conditions)
    results = {c: kept for c in conditions if (kept := _kept(out, c, base)) is not None}
    done(len(results), len(conditions))
    missing = [condition for condition in conditions if condition not in results]
    for condition, result in _run_all(base, missing, workers):
        results[condition] = result
        write_json(out / f"{condition.name}.json", result)
        done(len(results), len(conditions))
    return compare(results)


def compare(results: dict[Condition, Result]) -> list[Row]:
    """Return every arm's figures, then each arm's difference from `closed` under the same decoder.

    Listeners are the clusters; a difference pairs the same listener.
    """
    cells = sorted({(c.decoder, c.arm) for c in results})
    rows = [row for decoder, arm in cells for row in _figures(results, decoder, arm)]
    for decoder, arm in cells:
        if arm != "closed" and (decoder, "closed") in cells:
            rows += _differences(results, decoder, arm)
    return rows


def _check(base: SessionConfig, conditions: Sequence[Condition]) -> None:
    """Raise `InvalidConfig` before anything runs where a condition could not."""
    if not base.simulated:
        raise InvalidConfig(f"an experiment needs --source sim, got {base.source!r}")
    if not conditions:
        raise InvalidConfig("an experiment needs at least one arm, one decoder and two seeds")
    for condition in conditions:
        check_names(_config(base, condition))


def _config(base: SessionConfig, condition: Condition) -> SessionConfig:
    chosen = {"arm": condition.arm, "decoder": condition.decoder, "seed": condition.seed}
    return load(SessionConfig, flags={**base.model_dump(), **chosen}, environment={})


def _run_all(
    base: SessionConfig, conditions: Sequence[Condition], workers: int
) -> Iterator[tuple[Condition, Result]]:
    """Yield results as they come; when one fails or nobody wants more, those not yet begun are dropped."""
    with ProcessPoolExecutor(workers, initializer=_die_quietly) as pool:
        waiting = {pool.submit(_run, base, condition): condition for condition in conditions}
        try:
            for future in as_completed(waiting):
                yield waiting[future], future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _die_quietly() -> None:
    """Let Ctrl-C end a worker without a traceback of its own."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _run(base: SessionConfig, condition: Condition) -> Result:
    from affectlab.session.runner import Session

    config = _config(base, condition)
    session = Session(config, None, automatic=True)
    session.open()
    summary = session.run()
    return {"config": config.to_json(), "outcome": summary.outcome, "underruns": summary.underruns}


def _kept(out: Path, condition: Condition, base: SessionConfig) -> Result | None:
    """Return a finished session's result if it was run under the same settings."""
    file = out / f"{condition.name}.json"
    if not file.exists():
        return None
    try:
        result: Result = json.loads(file.read_text(encoding="utf-8"))
        kept_config = dict(result["config"])
    except (OSError, ValueError, KeyError, TypeError):
        raise UnreadableFile(f"{file} is not a session's result; remove it or choose another --out") from None
    same = {"arm": condition.arm, "decoder": condition.decoder, "seed": condition.seed, "speed": None}
    return result if {**kept_config, **same} == {**base.to_json(), **same} else None


def _values(results: dict[Condition, Result], decoder: str, arm: str, metric: str) -> dict[int, float]:
    chosen = {c.seed: r for c, r in results.items() if (c.decoder, c.arm) == (decoder, arm)}
    return {seed: _value(result, metric) for seed, result in sorted(chosen.items())}


def _value(result: Result, metric: str) -> float:
    outcome, config = result["outcome"], SessionConfig.model_validate(result["config"])
    if metric == "final_distance":
        return float(outcome["final_distance"])
    if metric == "reached":
        return float(outcome["reached_s"] is not None)
    longest = config.minutes * 60 - config.rest
    return float(longest if outcome["reached_s"] is None else outcome["reached_s"])


def _figures(results: dict[Condition, Result], decoder: str, arm: str) -> list[Row]:
    rows = []
    for metric in METRICS:
        values = _values(results, decoder, arm, metric)
        interval = cluster_bootstrap_mean(np.array(list(values.values())), list(values))
        head = {"decoder": decoder, "arm": arm, "metric": metric}
        rows.append({**head, **_written(interval.value, interval.low, interval.high, len(values))})
    return rows


def _differences(results: dict[Condition, Result], decoder: str, arm: str) -> list[Row]:
    rows = []
    for metric in METRICS:
        closed, other = (_values(results, decoder, one, metric) for one in ("closed", arm))
        seeds = sorted(closed.keys() & other.keys())
        ours, theirs = (np.array([values[seed] for seed in seeds]) for values in (closed, other))
        difference = paired_cluster_bootstrap(_mean_of(theirs), _mean_of(ours), seeds)
        head = {"decoder": decoder, "arm": f"closed - {arm}", "metric": metric}
        figures = _written(difference.value, difference.low, difference.high, len(seeds))
        rows.append({**head, **figures, "p": round(difference.p, 4)})
    return rows


def _mean_of(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Callable[[Any], float]:
    return lambda index: float(values[index].mean())


def _written(value: float, low: float, high: float, n: int) -> Row:
    return {"value": round(value, 4), "low": round(low, 4), "high": round(high, 4), "n": n}
