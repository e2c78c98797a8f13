"""The tables of a report on AICA runs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from affectlab.bench.aica.report._arms import PRIMARY
from affectlab.bench.aica.report._board import PERCENT_OF_SCORE, Standing
from affectlab.bench.aica.report._budget import Budget
from affectlab.bench.aica.report._published import ABLATION, PUBLISHED, SOURCE
from affectlab.bench.report.tables import Table, estimate, number

Row = dict[str, Any]

NONE = "\N{EN DASH}"
_UNDERSTANDING = (
    "accuracy",
    "macro_f1",
    "weighted_f1",
    "uar",
    "published_f1",
    "top1_in_set",
    "jsd",
    "chebyshev",
    "kl",
    "clark",
    "canberra",
    "cosine",
    "intersection",
    "map",
    "stated_intensity",
)
_ERRORS = ("same_valence", "same_valence_null", "same_valence_null_marginal", "wheel_distance")
_RATINGS = (
    "mae",
    "mae_share",
    "ccc",
    "spearman",
    "human_ceiling",
    "slope",
    "parse_rate",
    "pearson",
    "intercept",
    "human_reliability",
)
_SIDE_BY_SIDE = ("macro_f1", "accuracy", "top1_in_set", "ccc", "mae", "score")


def leaderboard(lines: Iterable[Standing]) -> Table:
    """Give a line to each model and arm, percent, best overall first; incomplete ones last."""
    ordered = sorted(lines, key=lambda one: -one.overall if math.isfinite(one.overall) else math.inf)
    rows = tuple(
        (
            one.run,
            one.arm,
            f"incomplete: no {', no '.join(one.missing)}" if one.missing else "complete",
            NONE if one.missing else f"{one.overall:.2f}",
            _percent(one.real, 100),
            _percent(one.eu, 100),
            _percent(one.er, PERCENT_OF_SCORE),
            _percent(one.egcg, PERCENT_OF_SCORE),
        )
        for one in ordered
    )
    head = ("model", "arm", "parts", "overall", "EU, macro F1", "EU, published_f1", "ER", "EGCG")
    return Table("Leaderboard: percent, means over corpora, with 95 % intervals", head, rows, 5)


def side_by_side(runs: Mapping[str, Sequence[Row]]) -> Table:
    """Put the main figures of each data set beside each other, one column for each run."""
    lines: dict[tuple[str, str, str, str], dict[str, str]] = {}
    for name, rows in runs.items():
        for row in rows:
            if row["metric"] in _SIDE_BY_SIDE:
                key = row["subset"], row["task"], row["arm"], row["metric"]
                lines.setdefault(key, {})[name] = estimate(row)
    body = tuple(
        (*key, *(found.get(name, NONE) for name in runs))
        for key, found in sorted(lines.items(), key=lambda one: _SIDE_BY_SIDE.index(one[0][3]))
    )
    return Table("By data set", ("corpus", "task", "arm", "metric", *runs), body, len(runs))


def published_table() -> Table:
    """Repeat the paper's own figures, under its own names."""
    rows = tuple(
        (
            f"{one.model} (published)",
            *map(_figure, (one.basic, one.cot, one.gat, one.er, one.er_gat, one.egcg, one.egcg_gat)),
            _figure(one.overall),
        )
        for one in PUBLISHED
    )
    head = ("model", "EU basic", "EU CoT", "EU GAT", "ER", "ER GAT", "EGCG", "EGCG GAT", "overall")
    caption = f"PUBLISHED, not measured here ({SOURCE}), percent: compare EU with published_f1 only"
    return Table(caption, head, rows, 8)


def ablation_table() -> Table:
    """Repeat the paper's own ablation of GAT."""
    rows = tuple((arm, f"{value:.2f}") for arm, value in ABLATION)
    caption = f"PUBLISHED, not measured here ({SOURCE}): EU of Qwen2.5-VL-7B by arm, percent"
    return Table(caption, ("arm", "EU"), rows, 1)


def understanding_table(rows: Sequence[Row]) -> Table:
    """Show EU by corpus and arm."""
    return _wide([row for row in rows if row["task"] == "eu"], _UNDERSTANDING, "EU by corpus and arm")


def errors_table(rows: Sequence[Row]) -> Table:
    """Say what the wrong labels are like, beside chance."""
    caption = "Wrong labels: share of the right valence beside what chance gives, and steps on Mikels' wheel"
    return _wide([row for row in rows if row["task"] == "eu"], _ERRORS, caption)


def ratings_table(rows: Sequence[Row]) -> Table:
    """Show intensity by corpus and scale, beside how near people are to each other."""
    rated = [row for row in rows if row["task"].startswith("intensity")]
    named = [{**row, "subset": f"{row['subset']} {row['task'].partition(':')[2]}"} for row in rated]
    return _wide(named, _RATINGS, "Ratings on the published scales, beside the human ceiling")


def judged_table(rows: Sequence[Row]) -> Table:
    """Show ratings of texts by the judge, 1 to 5."""
    own = [row for row in rows if row["task"] in {"er", "egcg"}]
    named = [{**row, "subset": f"{row['subset']} {row['task']}"} for row in own]
    criteria = list(dict.fromkeys(row["metric"] for row in own))
    return _wide(named, criteria, "Texts by the judge's ratings, 1 to 5")


def differences_table(rows: Sequence[Row], *, overall: str | None = None) -> Table:
    """Put arms against each other; only the main metric on the subset `overall` where that is given."""
    shown = [row for row in rows if overall is None or row["subset"] == overall]
    if overall is not None:
        shown = [row for row in shown if row["metric"] == PRIMARY[row["task"]]]
    body = tuple(
        (
            row["task"],
            f"{row['arm']} − {row['than']}",
            row["subset"],
            row["metric"],
            str(row["n"]),
            _signed(row),
            number(row["p"]),
            NONE if row["p_holm"] is None else number(row["p_holm"]),
            number(row["b"]),
            number(row["a"]),
        )
        for row in shown
    )
    head = ("task", "arms", "corpus", "metric", "n", "difference", "p", "p (Holm)", "first", "second")
    where = "over all corpora" if overall is not None else "corpus by corpus"
    return Table(f"Arms against each other, paired by question, {where}", head, body, 6)


def budget_table(budgets: Iterable[Budget]) -> Table:
    """Count tokens, and how many answers could be used."""
    rows = tuple(
        (
            one.task,
            one.arm,
            str(one.asked),
            number(one.answered / (one.answered + one.unparsed)) if one.answered + one.unparsed else NONE,
            str(one.unparsed),
            str(one.failed),
            str(one.cut),
            *(f"{value:.0f}" if math.isfinite(value) else NONE for value in (one.median, one.longest)),
        )
        for one in budgets
    )
    head = ("task", "arm", "asked", "parse rate", "unparsed", "failed", "cut short", "tokens, median", "most")
    return Table("What the answers cost and how many could be used", head, rows, 7)


def failures_table(failures: Iterable[tuple[str, str, int]], most: int = 12) -> Table:
    """Say why questions have no answer; they are out of every metric."""
    every = list(failures)
    rows = [(kind, message, str(n)) for kind, message, n in every[:most]]
    if len(every) > most:
        rows.append(("", "other reasons", str(sum(n for _, _, n in every[most:]))))
    caption = f"Failed questions, left out of every metric: {sum(n for _, _, n in every)}"
    return Table(caption, ("kind", "reason", "questions"), tuple(rows), 1)


def _wide(rows: Sequence[Row], metrics: Sequence[str], caption: str) -> Table:
    """Give a line to each corpus and arm, and one column for each metric that is there."""
    lines: dict[tuple[str, str], dict[str, Row]] = {}
    for row in rows:
        lines.setdefault((row["subset"], row["arm"]), {})[row["metric"]] = row
    there = [metric for metric in metrics if any(_known(found, metric) for found in lines.values())]
    body = tuple(
        (*about, _n(found), *(estimate(found[one]) if _known(found, one) else NONE for one in there))
        for about, found in lines.items()
        if any(_known(found, metric) for metric in there)
    )
    return Table(caption, ("corpus", "arm", "n", *there), body, len(there) + 1)


def _known(found: Mapping[str, Row], metric: str) -> bool:
    return metric in found and math.isfinite(found[metric]["value"])


def _n(found: Mapping[str, Row]) -> str:
    return str(max(row["n"] for row in found.values()))


def _signed(row: Row) -> str:
    return f"{'+' if row['value'] >= 0 else ''}{estimate(row)}"


def _percent(row: Row | None, factor: float) -> str:
    if row is None:
        return NONE
    value, low, high = (factor * row[name] for name in ("value", "low", "high"))
    return f"{value:.2f} [{low:.2f}, {high:.2f}]" if math.isfinite(low) else f"{value:.2f}"


def _figure(value: float | None) -> str:
    return NONE if value is None else f"{value:.2f}"
