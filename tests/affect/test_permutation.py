from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from affectlab.affect import holm, permutation_test, sign_flip_test
from affectlab.errors import InvalidData


def test_p_approaches_the_exact_share_of_sign_patterns():
    differences = np.array([1.2, 0.8, 1.9, -0.1, 0.7, 1.1, -0.4, 0.9])
    means = [np.mean(differences * signs) for signs in product([-1, 1], repeat=8)]
    exact = np.mean(np.abs(means) >= differences.mean() - 1e-12)
    result = sign_flip_test(differences, list(range(8)), permutations=20000)
    assert result.p == pytest.approx(exact, abs=0.004)
    assert result.value == differences.mean()
    assert result.chance == pytest.approx(0, abs=0.02)


def test_p_is_never_zero():
    result = sign_flip_test(np.full(40, 5.0), list(range(40)), permutations=99)
    assert result.p == 1 / 100
    assert result.permutations == 99


def test_items_of_a_group_flip_together():
    # Four groups have 16 sign patterns, two of which are as extreme: p cannot fall below 1/8.
    result = sign_flip_test(np.ones(400), np.repeat(np.arange(4), 100).tolist())
    assert result.p == pytest.approx(1 / 8, abs=0.02)


def test_false_alarms_under_the_null_keep_their_rate_with_groups():
    alarms = 0
    for trial in range(200):
        generator = np.random.default_rng(trial)
        differences = np.repeat(generator.normal(size=20), 5) + 0.2 * generator.normal(size=100)
        p = sign_flip_test(differences, np.repeat(np.arange(20), 5).tolist(), permutations=199, seed=trial).p
        alarms += p <= 0.05
    assert alarms / 200 <= 0.10


def test_one_sided_alternatives_look_in_one_direction():
    differences = np.random.default_rng(3).normal(1, 1, size=30)
    p = {
        alternative: sign_flip_test(differences, list(range(30)), alternative=alternative).p
        for alternative in ("greater", "less", "two-sided")
    }
    assert p["greater"] < 0.01
    assert p["two-sided"] < 0.01
    assert p["less"] > 0.99


def test_ties_from_rounding_count_as_extreme():
    # Every sign pattern of one nonzero group gives the same absolute mean, up to rounding of the sums.
    differences = [0.1, 0.2, 0.3, 0.0]
    assert sign_flip_test(differences, ["a", "a", "a", "b"], permutations=50).p == 1.0


def shares_label_with(outcome):
    return lambda labels: float(np.mean(labels == outcome))


def test_within_shuffles_keep_each_groups_labels():
    groups = np.repeat(np.arange(10), 6)
    labels = np.arange(60)

    def stays_home(shuffled):
        assert sorted(shuffled.tolist()) == labels.tolist()
        return float(np.mean(shuffled // 6 == groups))

    assert (
        permutation_test(stays_home, labels, groups.tolist(), exchange="within", permutations=50).chance
        == 1.0
    )


def test_within_finds_a_link_and_names_chance():
    generator = np.random.default_rng(5)
    outcome = generator.integers(3, size=300)
    labels = np.where(generator.random(300) < 0.3, outcome, generator.integers(3, size=300))
    result = permutation_test(shares_label_with(outcome), labels, [0, 1, 2] * 100, exchange="within")
    assert result.p == 1 / 1000
    assert result.chance == pytest.approx(1 / 3, abs=0.02)
    assert result.value > 0.45


def test_within_ignores_what_the_group_alone_explains():
    # Outcome and label both follow the speaker; given the speaker they are unrelated.
    generator = np.random.default_rng(6)
    speaker = np.repeat(np.arange(20), 20)
    taste = generator.integers(2, size=20)[speaker]
    outcome = np.where(generator.random(400) < 0.9, taste, 1 - taste)
    labels = np.where(generator.random(400) < 0.9, taste, 1 - taste)
    within = permutation_test(shares_label_with(outcome), labels, speaker.tolist(), exchange="within")
    ungrouped = permutation_test(shares_label_with(outcome), labels, [0, 1] * 200, exchange="within")
    assert within.p > 0.02
    assert ungrouped.p == 1 / 1000


def test_between_hands_labels_around_by_group():
    groups = [0, 0, 0, 1, 2, 2]
    labels = ["a", "a", "a", "b", "c", "c"]
    seen = set()

    def remember(shuffled):
        seen.add(tuple(shuffled.tolist()))
        return 0.0

    permutation_test(remember, labels, groups, exchange="between", permutations=200)
    assert seen == {(*[x] * 3, y, *[z] * 2) for x, y, z in product("abc", repeat=3) if len({x, y, z}) == 3}


def test_between_counts_groups_not_items():
    # Six readers, three with each profile: only 20 ways to hand profiles out, however many items they rate.
    groups = np.repeat(np.arange(6), 50)
    profile = (groups >= 3).astype(int)

    def gap(labels):
        return float(profile[labels == 1].mean() - profile[labels == 0].mean())

    result = permutation_test(gap, profile, groups.tolist(), exchange="between", permutations=4000)
    assert result.p == pytest.approx(1 / 20, abs=0.015)


def test_two_sided_measures_from_the_centre_of_the_null():
    outcome = np.array([1] * 90 + [0] * 10)

    def agreement(labels):
        return float(np.mean(labels == outcome))

    # Far less agreement than the .82 that chance gives: "greater" misses it, two-sided does not.
    labels = np.array([0] * 10 + [1] * 90)
    one = permutation_test(agreement, labels, [0, 1] * 50, exchange="within")
    two = permutation_test(agreement, labels, [0, 1] * 50, exchange="within", alternative="two-sided")
    assert one.chance == pytest.approx(0.82, abs=0.01)
    assert one.p > 0.9
    assert two.p < one.p


def test_same_seed_same_result():
    outcome = np.array([0, 1, 1, 0, 1, 0])
    one, other = (
        permutation_test(
            shares_label_with(outcome), outcome, list("aabbcc"), exchange="within", permutations=20, seed=1
        )
        for _ in range(2)
    )
    assert one == other
    assert sign_flip_test([1, 2, -1.0], list("abc"), seed=4) == sign_flip_test(
        [1, 2, -1.0], list("abc"), seed=4
    )


def test_results_are_plain_numbers_ready_for_json():
    result = sign_flip_test(np.array([1.0, 2.0, -1.0]), list("abc"), permutations=9)
    assert [type(value) for value in (result.value, result.p, result.chance, result.permutations)] == [
        float, float, float, int,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": [0, 1]}, "got 2 labels for 4 items"),
        ({"groups": ["a"] * 4}, "at least two groups, got 1"),
        ({"exchange": "between"}, r"one label per group, item 0's group has \['0', '1'\]; use 'within'"),
        ({"exchange": "across"}, "exchange must be 'within' or 'between', got 'across'"),
        ({"alternative": "bigger"}, "alternative must be .*, got 'bigger'"),
        ({"permutations": 0}, "permutations must be at least 1, got 0"),
        ({"statistic": lambda labels: float("nan")}, "undefined on the data or on some shuffles"),
    ],
)
def test_what_cannot_be_tested_is_named(change, message):
    arguments = {
        "statistic": lambda labels: 0.0,
        "labels": [0, 1, 0, 1],
        "groups": list("aabb"),
        "exchange": "within",
        "permutations": 5,
    } | change
    with pytest.raises(InvalidData, match=message):
        permutation_test(**arguments)


@pytest.mark.parametrize("differences", [[1.0, 2.0], [1.0, np.inf, 0.0]])
def test_sign_flips_need_one_finite_difference_per_item(differences):
    with pytest.raises(InvalidData, match="one finite difference per item of 3"):
        sign_flip_test(differences, list("abc"))


def test_holm_on_a_worked_example():
    np.testing.assert_allclose(holm(np.array([0.01, 0.04, 0.03, 0.005])), [0.03, 0.06, 0.06, 0.02])
    assert holm(np.array([])).size == 0


@given(arrays(float, st.integers(1, 12), elements=st.floats(0, 1)))
def test_holm_keeps_order_and_never_lowers_a_p(p):
    adjusted = holm(p)
    assert np.all(adjusted >= p - 1e-12)
    assert np.all(adjusted <= np.minimum(1, p * p.size) + 1e-12)
    assert np.all(np.diff(adjusted[np.argsort(p, kind="stable")]) >= 0)
