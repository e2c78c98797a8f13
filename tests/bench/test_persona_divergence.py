"""Gaps between groups, by hand, by formula and against their nulls."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from persona_data import answered, synthetic
from persona_files import write_persona

from affectlab.affect.agreement import krippendorff_alpha
from affectlab.bench.dataset import read_dataset
from affectlab.bench.persona.agreement_sums import agreements, event_sums, group_counts, stacked
from affectlab.bench.persona.build import build_persona
from affectlab.bench.persona.divergence import divergence_rows, gap_null
from affectlab.errors import BenchError


def measured(codes: np.ndarray, groups: np.ndarray) -> np.ndarray:
    one_hot = np.asarray(codes[..., None] == np.arange(7), dtype=float)
    members = np.asarray(groups == np.unique(groups)[:, None], dtype=np.float32)
    return agreements(event_sums(group_counts(stacked(one_hot), members, 7)).sum(axis=0))


def test_agreement_by_hand() -> None:
    # Two groups: three readers (joy, joy, fear) and two (fear, fear).
    found = measured(np.array([[3], [3], [2], [2], [2]]), np.array([0, 0, 0, 1, 1]))
    # Own majority: 2 of 3, and 2 of 2; the other's majority: the third reader alone.
    assert found[0] == pytest.approx([4 / 5, 1 / 5])
    # Alike within: 1 of 3 pairs and 1 of 1; between: the third reader with each of the two, of 6 pairs.
    assert found[1] == pytest.approx([2 / 4, 2 / 6])


def test_equally_frequent_emotions_share_the_majority() -> None:
    found = measured(np.array([[0], [1], [0], [0]]), np.array([0, 0, 1, 1]))
    assert found[0] == pytest.approx([(1 / 2 + 1 / 2 + 2) / 4, (1 + 2 * 1 / 2) / 4])


@given(st.integers(0, 10**6))
@settings(max_examples=20)
def test_sums_equal_the_definitions_with_missing_answers(seed) -> None:
    generator = np.random.default_rng(seed)
    codes = np.where(generator.random((6, 9)) < 0.2, -1, generator.integers(0, 3, (6, 9)))
    groups = np.array([0, 0, 0, 1, 1, 2])
    found = measured(codes, groups)
    pairs = [
        (a, b, e) for (a, b), e in product(combinations(range(6), 2), range(9)) if min(codes[[a, b], e]) >= 0
    ]
    for side, same in ((0, True), (1, False)):
        alike = [
            codes[a, e] == codes[b, e] for a, b, e in pairs if (groups[a] == groups[b]) is np.bool_(same)
        ]
        assert found[1, side] == pytest.approx(np.mean(alike))
    ratings = np.where(codes < 0, np.nan, codes).T
    units = np.concatenate([np.where(groups == group, ratings, np.nan) for group in range(3)])
    assert found[2, 0] == pytest.approx(krippendorff_alpha(units, level="nominal"), abs=1e-6)
    assert found[2, 1] == pytest.approx(krippendorff_alpha(ratings, level="nominal"), abs=1e-6)


def test_random_groups_of_three_have_the_published_gap_and_none_of_ours() -> None:
    generator = np.random.default_rng(0)
    # Votes spread as in the published data: the most frequent emotion is that of 47 % of readers.
    shares = np.array([0.47, 0.2, 0.12, 0.08, 0.06, 0.04, 0.03])
    answers = generator.choice(7, size=(36, 400), p=shares)
    one_hot = np.asarray(answers[..., None] == np.arange(7), dtype=float)
    null = gap_null(stacked(one_hot), np.arange(36) // 3, permutations=50, seed=0)
    majority, pairwise, alpha = null.mean(axis=0)
    assert majority == pytest.approx(0.265, abs=0.03)
    assert pairwise == pytest.approx(0, abs=0.005)
    assert alpha == pytest.approx(0, abs=0.005)


def test_a_planted_effect_is_found_by_every_method(tmp_path) -> None:
    rows = divergence_rows(synthetic(tmp_path, 1.0, events=80), permutations=99, resamples=100)
    assert [row["method"] for row in rows] == ["majority", "pairwise", "alpha"]
    for row in rows:
        assert row["metric"] == "gap"
        assert row["p"] == 0.01
        assert row["low"] < row["value"] < row["high"]
        assert row["value"] == pytest.approx(row["within"] - row["between"])
        assert row["excess"] > 0.03
    assert rows[0]["null"] > 0.1
    assert abs(rows[1]["null"]) < 0.02


def test_without_an_effect_p_values_are_spread_out(tmp_path) -> None:
    p = [
        divergence_rows(synthetic(tmp_path, 0, seed=seed, events=20), permutations=39, resamples=2)[1]["p"]
        for seed in range(10)
    ]
    assert np.mean(np.array(p) <= 0.05) <= 0.3
    assert 0.2 < np.mean(p) < 0.8


def test_the_gap_grows_with_the_effect(tmp_path) -> None:
    excess = [
        divergence_rows(synthetic(tmp_path, effect, events=80), permutations=20, resamples=2)[2]["excess"]
        for effect in (0, 0.5, 1.5)
    ]
    assert excess == sorted(excess)


def test_each_domain_has_rows_of_its_own(tmp_path, licensed) -> None:
    build_persona(tmp_path / "out", files=str(write_persona(tmp_path / "in")), accept_licence=True)
    rows = divergence_rows(read_dataset(tmp_path / "out"), permutations=5, resamples=5)
    assert [row["subset"] for row in rows[::3]] == ["all", "life", "news", "blogs"]


def test_where_only_groups_are_known_gaps_are_none(tmp_path, licensed) -> None:
    folder = write_persona(tmp_path / "in", answers=None)
    build_persona(tmp_path / "out", files=str(folder), accept_licence=True)
    rows = divergence_rows(read_dataset(tmp_path / "out"), resamples=20)
    gaps = [row for row in rows if row["metric"] == "gap"]
    assert len(gaps) == 3
    assert all(row["value"] is None and row["p"] is None and "\n" not in row["note"] for row in gaps)
    within = {row["method"]: row["value"] for row in rows if row["metric"] == "within"}
    # Compositions: (2, 1), (3), (1, 1, 1) of three; (2), (1, 1), (2) of two.
    assert within["majority"] == pytest.approx(np.mean([4 / 5, 4 / 5, 3 / 5]))
    assert within["pairwise"] == pytest.approx(np.mean([4 / 8, 6 / 8, 2 / 8]))
    alike = next(row for row in rows if row["metric"] == "groups_agree")
    assert alike["value"] == pytest.approx(1 / 3)


@pytest.mark.parametrize("groups", [{}, {"g1": ["R1", "R2", "R3"]}])
def test_groups_are_needed(tmp_path, groups) -> None:
    data = answered(tmp_path, [("joy", "joy", "fear"), ("fear", "joy", "fear")], groups)
    with pytest.raises(BenchError, match="fewer than two groups"):
        divergence_rows(data, permutations=2)


def test_the_same_seed_gives_the_same_rows(tmp_path) -> None:
    data = synthetic(tmp_path, 0.5, events=30)
    first, again = (divergence_rows(data, permutations=10, resamples=10, seed=4) for _ in range(2))
    assert first == again
