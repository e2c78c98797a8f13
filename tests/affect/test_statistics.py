import csv

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectlab.affect import cluster_bootstrap, cluster_bootstrap_mean, paired_cluster_bootstrap
from affectlab.errors import InvalidData


def mean_of(values):
    return lambda index: float(values[index].mean())


def clustered_values(seed, groups=40, size=3):
    generator = np.random.default_rng(seed)
    values = np.repeat(generator.normal(size=groups), size) + generator.normal(size=groups * size)
    return values, np.repeat(np.arange(groups), size).tolist()


def test_interval_widens_when_items_repeat_their_group():
    values = np.repeat(np.random.default_rng(1).normal(size=30), 10)
    clustered = cluster_bootstrap(mean_of(values), np.repeat(np.arange(30), 10).tolist())
    naive = cluster_bootstrap(mean_of(values), list(range(300)))
    assert clustered.high - clustered.low > 2 * (naive.high - naive.low)
    assert (clustered.groups, naive.groups) == (30, 300)


def test_coverage_of_the_true_mean_is_near_nominal():
    covered = 0
    for trial in range(400):
        values, groups = clustered_values(trial)
        interval = cluster_bootstrap_mean(values, groups, resamples=400, seed=trial)
        covered += interval.low <= 0 <= interval.high
    assert 0.90 <= covered / 400 <= 0.98


def test_a_wider_level_contains_a_narrower_one():
    values, groups = clustered_values(3)
    wide = cluster_bootstrap(mean_of(values), groups, level=0.99)
    narrow = cluster_bootstrap(mean_of(values), groups, level=0.5)
    assert wide.low < narrow.low < narrow.value < narrow.high < wide.high


def test_the_value_is_the_statistic_of_the_items_in_their_own_order():
    seen = []

    def first(index):
        seen.append(index.tolist())
        return float(index[0])

    interval = cluster_bootstrap(first, ["b", "a", "b"], resamples=5)
    assert interval.value == 0.0
    assert [0, 1, 2] in seen


def test_groups_are_drawn_whole():
    whole = {("x", "x"): (0, 2, 0, 2), ("y", "y"): (1, 1), ("x", "y"): (0, 2, 1), ("y", "x"): (1, 0, 2)}
    seen = set()

    def remember(index):
        seen.add(tuple(index.tolist()))
        return 0.0

    cluster_bootstrap(remember, ["x", "y", "x"], resamples=100)
    assert seen - {(0, 1, 2)} == set(whole.values())


def test_same_seed_same_interval_other_seed_another():
    values, groups = clustered_values(4)
    assert cluster_bootstrap(mean_of(values), groups, seed=5) == cluster_bootstrap(
        mean_of(values), groups, seed=5
    )
    assert cluster_bootstrap(mean_of(values), groups, seed=5) != cluster_bootstrap(
        mean_of(values), groups, seed=6
    )


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-10, 10), st.integers(0, 5)), min_size=8, max_size=40), st.integers(0, 99)
)
def test_the_mean_from_group_sums_is_the_bootstrap_of_a_mean(items, seed):
    values = np.array([value for value, _ in items])
    groups = [*(group for _, group in items[:-2]), 6, 7]
    fast = cluster_bootstrap_mean(values, groups, resamples=50, seed=seed)
    slow = cluster_bootstrap(mean_of(values), groups, resamples=50, seed=seed)
    np.testing.assert_allclose(
        (fast.value, fast.low, fast.high, fast.groups),
        (slow.value, slow.low, slow.high, slow.groups),
        atol=1e-9,
    )


def test_undefined_resamples_are_counted_and_left_out():
    values = np.array([1.0, 1.0, 3.0])

    def share_of_threes(index):
        return float("nan") if np.all(values[index] == 3) else float(np.mean(values[index] == 3))

    interval = cluster_bootstrap(share_of_threes, list("abc"), resamples=2700)
    assert interval.undefined == pytest.approx(100, abs=40)
    assert interval.high < 1


def test_a_statistic_that_is_never_defined_is_nan_throughout():
    interval = cluster_bootstrap(lambda index: float("nan"), list("abc"), resamples=10)
    assert np.isnan([interval.value, interval.low, interval.high]).all()
    assert interval.undefined == 10
    paired = paired_cluster_bootstrap(lambda i: 0.0, lambda i: float("nan"), list("abc"), resamples=10)
    assert np.isnan(paired.p)


def test_a_difference_cancels_what_the_items_share():
    difficulty, groups = clustered_values(7, groups=60)
    gain = 0.2 + 0.05 * np.random.default_rng(8).normal(size=difficulty.size)
    paired = paired_cluster_bootstrap(mean_of(difficulty), mean_of(difficulty + gain), groups)
    alone = cluster_bootstrap(mean_of(difficulty), groups)
    assert paired.value == pytest.approx(0.2, abs=0.02)
    assert paired.low > 0.15
    assert paired.high - paired.low < (alone.high - alone.low) / 10
    assert paired.p == pytest.approx(2 / 2001)


def test_swapping_the_models_mirrors_the_difference():
    (a, groups), (b, _) = clustered_values(11), clustered_values(12)
    forth = paired_cluster_bootstrap(mean_of(a), mean_of(b), groups)
    back = paired_cluster_bootstrap(mean_of(b), mean_of(a), groups)
    assert forth.p == back.p
    np.testing.assert_allclose((forth.value, forth.low, forth.high), (-back.value, -back.high, -back.low))


def test_p_agrees_with_the_interval():
    generator = np.random.default_rng(13)
    groups = list(range(50))
    for shift in np.linspace(-0.6, 0.6, 9):
        values = generator.normal(shift, size=50)
        result = paired_cluster_bootstrap(lambda index: 0.0, mean_of(values), groups, resamples=999)
        excludes_zero = not result.low <= 0 <= result.high
        assert excludes_zero == (result.p <= 0.05) or result.p == pytest.approx(0.05, abs=0.005)


def test_two_equal_models_do_not_differ():
    values, groups = clustered_values(9)
    result = paired_cluster_bootstrap(mean_of(values), mean_of(values), groups, resamples=50)
    assert (result.value, result.low, result.high, result.p) == (0, 0, 0, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"groups": ["only"] * 5}, "at least two groups, got 1"),
        ({"groups": []}, "at least two groups, got 0"),
        ({"groups": list("aabbc"), "level": 1.0}, r"level must lie between 0 and 1, got 1\.0"),
        ({"groups": list("aabbc"), "resamples": 0}, "resamples must be at least 1, got 0"),
    ],
)
def test_what_makes_no_interval_is_named(arguments, message):
    with pytest.raises(InvalidData, match=message):
        cluster_bootstrap(lambda index: 0.0, **arguments)


@pytest.mark.parametrize("values", [[1.0, 2.0], [1.0, 2.0, np.nan], [[1.0, 2.0, 3.0]]])
def test_a_mean_needs_one_finite_value_per_item(values):
    with pytest.raises(InvalidData, match="one finite value per item of 3"):
        cluster_bootstrap_mean(values, list("abc"))


def test_results_are_plain_numbers_ready_for_json():
    values, groups = clustered_values(2)
    result = paired_cluster_bootstrap(mean_of(values), mean_of(values + 1), groups, resamples=9)
    assert {type(number) for number in (result.value, result.low, result.high, result.p)} == {float}
    assert {type(count) for count in (result.groups, result.undefined)} == {int}


@pytest.mark.data
def test_viewers_follow_the_face_rather_than_the_voice(data_root):
    # CREMA-D: of 6,042 clips with untied votes voice and face disagree on 2,794; both heard and seen, viewers
    # follow the face in 67.5 % and the voice in 19.6 % of these. Clips cluster by the 91 actors.
    with (data_root / "crema_d" / "summaryTable.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    votes = ("VoiceVote", "FaceVote", "MultiModalVote")
    untied = [row for row in rows if all(len(row[vote]) == 1 for vote in votes)]
    conflicts = [row for row in untied if row["VoiceVote"] != row["FaceVote"]]
    assert (len(untied), len(conflicts)) == (6042, 2794)
    follows = {
        vote: np.array([row[vote] == row["MultiModalVote"] for row in conflicts], dtype=float)
        for vote in votes[:2]
    }
    actors = [row["FileName"][:4] for row in conflicts]
    face = cluster_bootstrap_mean(follows["FaceVote"], actors)
    assert face.value == pytest.approx(0.675, abs=5e-4)
    assert face.groups == 91
    assert 0.64 < face.low < face.high < 0.71
    lead = paired_cluster_bootstrap(mean_of(follows["VoiceVote"]), mean_of(follows["FaceVote"]), actors)
    assert lead.value == pytest.approx(0.675 - 0.196, abs=1e-3)
    assert lead.low > 0.4
