"""Figures of judging, against counts by hand, other implementations and planted truths."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from affectlab.bench.judging import Answer, Criterion, Pair, PairJudgement, families, refuse_relatives
from affectlab.bench.judging.agreement import agrees_with_people, judges_agree
from affectlab.bench.judging.judgement import Said
from affectlab.bench.judging.standings import standings
from affectlab.bench.judging.strengths import PRIOR, equal_length_rate, log_strengths
from affectlab.errors import BenchError

WISE = Criterion("wise", {"en": "Which is wiser?"})
SAYS = {"a": ("1", "2"), "b": ("2", "1"), "tie": ("tie", "tie")}


def judged(
    item: int, a: str, b: str, winner: str, lengths: tuple[int, int] = (10, 10), source: str = ""
) -> PairJudgement:
    answers = Answer(a, "x" * lengths[0]), Answer(b, "x" * lengths[1])
    pair = Pair(f"{item}{a}{b}", f"i{item}", source or f"s{item}", WISE, (), *answers)
    said = [Said("answered", verdict) for verdict in SAYS[winner]]
    return PairJudgement(pair, *said)


def value(rows: list[dict[str, object]], method: str, metric: str, against: str = "all") -> float:
    (row,) = (
        one for one in rows if (one["method"], one["metric"], one["against"]) == (method, metric, against)
    )
    return float(str(row["value"]))


def test_standings_of_three_candidates_by_hand() -> None:
    # Item 0: x beats all, y beats z. Item 1: x and y tie, both beat z.
    rows = standings(
        [
            judged(0, "x", "y", "a"),
            judged(0, "x", "z", "a"),
            judged(0, "y", "z", "a"),
            judged(1, "x", "y", "tie"),
            judged(1, "x", "z", "a"),
            judged(1, "y", "z", "a"),
        ],
        resamples=50,
    )
    assert value(rows, "x", "win_rate") == pytest.approx(3.5 / 4)
    assert value(rows, "y", "win_rate") == pytest.approx(2.5 / 4)
    assert value(rows, "x", "win_rate", "y") == pytest.approx(0.75)
    assert value(rows, "x", "win_at_1") == pytest.approx(0.75)
    assert value(rows, "y", "win_at_1") == pytest.approx(0.25)
    assert value(rows, "z", "win_at_1") == 0
    assert value(rows, "x", "mean_rank") == pytest.approx(1.25)
    assert value(rows, "z", "mean_rank") == 3
    assert value(rows, "x", "strength") > value(rows, "y", "strength") > value(rows, "z", "strength")


def test_a_failed_order_is_counted_and_an_item_that_lacks_a_pair_is_not_ranked() -> None:
    failed = PairJudgement(judged(1, "y", "z", "a").pair, Said("failed"), Said("answered", "1"))
    rows = standings([judged(1, "x", "y", "a"), judged(1, "x", "z", "a"), failed], resamples=10)
    assert {row["failed"] for row in rows} == {1}
    assert np.isnan(value(rows, "x", "win_at_1"))
    assert value(rows, "x", "win_rate") == 1


def test_strengths_are_the_most_likely_ones() -> None:
    wins = np.array([[0, 7, 4], [3, 0, 5], [6, 5.5, 0]])

    def misfit(strength: np.ndarray) -> float:
        chance = 1 / (1 + np.exp(strength[None, :] - strength[:, None]))
        return float(-((wins + PRIOR * (1 - np.eye(3))) * np.log(chance)).sum())

    found = minimize(misfit, np.zeros(3)).x
    assert log_strengths(wins[None])[0] == pytest.approx(found - found.mean(), abs=1e-4)


def test_a_candidate_that_always_wins_has_a_finite_strength() -> None:
    found = log_strengths(np.array([[[0, 50.0], [0, 0]]]))[0]
    assert found[0] == pytest.approx(np.log((50 + PRIOR) / PRIOR) / 2)


def planted(theta: float, phi: float, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    longer = random.normal(40, 100, 1500)
    chance = 1 / (1 + np.exp(-theta - phi * np.tanh(longer / longer.std())))
    sources = np.array([f"s{one // 3}" for one in range(1500)], dtype=object)
    return (random.uniform(size=1500) < chance).astype(float), longer, sources


@pytest.mark.parametrize(("theta", "phi"), [(0.0, 2.0), (0.8, -1.5)])
def test_the_rate_at_equal_length_takes_length_out(theta: float, phi: float) -> None:
    points, longer, sources = planted(theta, phi, 3)
    found = equal_length_rate(points, longer, sources, resamples=200, seed=0)
    truth = 1 / (1 + np.exp(-theta))
    assert found.low < found.value < found.high
    assert found.value == pytest.approx(truth, abs=0.05)
    assert abs(points.mean() - truth) > 0.05


def test_without_an_effect_of_length_the_rate_is_the_win_rate() -> None:
    points = np.array([1, 1, 0.5, 0, 1, 1])
    sources = np.array(list("aabbcc"), dtype=object)
    found = equal_length_rate(points, np.zeros(6), sources, resamples=50, seed=0)
    assert found.value == pytest.approx(points.mean(), abs=1e-6)
    assert found.low <= found.value <= found.high


def test_winning_everything_is_a_rate_of_one() -> None:
    sources = np.array(list("abc"), dtype=object)
    found = equal_length_rate(np.ones(3), np.array([5.0, -3, 1]), sources, resamples=20, seed=0)
    assert found.value == pytest.approx(1, abs=1e-3)


def test_two_judges_by_hand() -> None:
    one = [judged(n, "x", "y", winner) for n, winner in enumerate(["a", "a", "b", "tie"])]
    other = [judged(n, "x", "y", winner) for n, winner in enumerate(["a", "b", "b", "tie"])]
    found = {row["metric"]: row["value"] for row in judges_agree(one, other, resamples=20)}
    assert found["agreement"] == 0.75
    chance = (2 * 1 + 1 * 2 + 1) / 16
    assert found["chance_agreement"] == pytest.approx(chance)
    assert found["kappa"] == pytest.approx((0.75 - chance) / (1 - chance))
    assert judges_agree(one, [judged(9, "x", "y", "a")]) == []


def test_people_who_agree_with_the_judge_and_with_each_other() -> None:
    judged_scores = {n: 1 + n / 2 for n in range(9)}
    people = {n: [score, score] for n, score in judged_scores.items() if n != 4}
    sources = {n: f"s{n}" for n in judged_scores}
    found = {row["metric"]: row for row in agrees_with_people(judged_scores, people, sources, resamples=50)}
    for metric in ("pearson", "spearman", "kappa", "alpha", "people_alpha"):
        assert found[metric]["value"] == pytest.approx(1)
    assert found["mae"]["value"] == 0
    assert found["pearson"]["n"] == 8


@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("hf:Qwen/Qwen2.5-VL-7B-Instruct", {"qwen"}),
        ("gguf:qwen2.5-coder-0.5b-instruct-q4.gguf", {"qwen"}),
        ("openai:gpt-4o", {"gpt"}),
        ("openai:o3-mini", {"gpt"}),
        ("inspect:anthropic/claude-sonnet-4", {"claude"}),
        ("inspect:google/gemini-2.5-pro", {"gemini"}),
        ("hf:OpenGVLab/InternVL3-8B", {"internvl", "qwen"}),
        ("hf:llava-hf/llava-v1.6-vicuna-7b-hf", {"llava", "llama"}),
        ("hf:deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", {"deepseek", "qwen"}),
        ("openai:ollama/mistral", {"mistral"}),
        ("gguf:/models/llama.cpp/phi-4.gguf", {"phi"}),
        ("hf:someone/dolphin-classifier", set()),
        ("organism", {"affectlab"}),
        ("baseline:majority", {"affectlab"}),
    ],
)
def test_families_come_from_names(name: str, of: set[str]) -> None:
    assert families(name) == of


def test_who_may_judge_whom() -> None:
    assert refuse_relatives("openai:gpt-4o", ["hf:Qwen/Qwen2-VL", "hf:llava"]) == []
    with pytest.raises(BenchError, match="same family"):
        refuse_relatives("hf:Qwen/Qwen3-VL", ["openai:gpt-4o", "hf:OpenGVLab/InternVL3-8B"])
    (note,) = refuse_relatives("openai:gpt-4o", ["hf:me/unheard-of"])
    assert "not known" in note
    with pytest.raises(BenchError, match="same family"):
        refuse_relatives("hf:me/unheard-of", ["hf:me/unheard-of"])


@settings(max_examples=20)
@given(st.lists(st.sampled_from(["a", "b", "tie"]), min_size=1, max_size=12))
def test_the_win_rates_of_two_candidates_sum_to_one(winners: list[str]) -> None:
    rows = standings([judged(n, "x", "y", winner) for n, winner in enumerate(winners)], resamples=2)

    assert value(rows, "x", "win_rate") + value(rows, "y", "win_rate") == pytest.approx(1)
    assert value(rows, "x", "strength") == pytest.approx(-value(rows, "y", "strength"))
