"""Judgements in the terminal: nothing cut off, nothing that is not known shown as a number."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console

from affectlab.bench.judging.show import controls_table, judged_tables
from affectlab.bench.report import print_table


def figure(metric: str, value: float | None, **about: Any) -> dict[str, Any]:
    row = {"task": "er", "criterion": "causal soundness", "subset": "all", "against": None, "failed": 0}
    ends = {"low": value, "high": None if value is None else value + 0.5}
    return row | {"method": "hf:name gat-shuffled", "metric": metric, "value": value, "n": 24} | ends | about


def test_a_narrow_terminal_shows_every_word_and_figure() -> None:
    rows = [
        figure("rating", 3.25),
        figure("rating_gap", None),
        figure("rating", 1.0, subset="fi"),
        figure("length_controlled_win_rate", 0.5, against="all"),
        figure("swap_consistency", 0.75, method=None),
        figure("rating", 2.0, task="egcg"),
    ]
    tables = judged_tables(rows)
    told = io.StringIO()
    for table in tables:
        print_table(table, Console(file=told, width=80))
    shown = told.getvalue()
    assert "3.250 [3.250, 3.750]" in shown
    assert "er: causal soundness" in shown
    assert "hf:name gat-shuffled against all" in shown
    assert "length_controlled_win_rate" in shown
    assert "…" not in shown
    assert "None" not in shown
    assert [len(table.rows) for table in tables] == [3, 1]


def test_controls_without_interval_show_a_dash() -> None:
    one = {"metric": "blindness", "value": 1.0, "low": None, "high": None, "n": 1, "failed": 0}
    table = controls_table([one], "Controls")
    assert table.rows == (("blindness", "–", "1", "0", "1.000 [–, –]"),)
