import csv

import krippendorff
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics as reference

from affectlab.affect import ccc, krippendorff_alpha, mae, pearson, rmse, spearman
from affectlab.errors import InvalidData

LEVELS = ("nominal", "ordinal", "interval")
# Krippendorff (2011), section C: four observers, twelve units, missing ratings.
PUBLISHED = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, np.nan, np.nan, np.nan],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, np.nan, 3],
        [np.nan, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, np.nan],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, np.nan],
    ]
).T

rating = st.floats(-1, 1).map(lambda value: round(value, 3))
pairs = st.lists(st.tuples(rating, rating), min_size=2, max_size=40)


def sides(items):
    x, y = np.array(items).T
    return x, y


@settings(deadline=None)
@given(pairs)
def test_errors_agree_with_scikit_learn(items):
    x, y = sides(items)
    assert mae(x, y) == pytest.approx(reference.mean_absolute_error(x, y))
    assert rmse(x, y) == pytest.approx(reference.root_mean_squared_error(x, y))


@settings(deadline=None)
@given(pairs)
def test_correlations_agree_with_scipy(items):
    x, y = sides(items)
    assume(np.ptp(x) > 0 and np.ptp(y) > 0)
    assert pearson(x, y) == pytest.approx(stats.pearsonr(x, y).statistic, abs=1e-9)
    assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-9)


@settings(deadline=None)
@given(pairs)
def test_concordance_is_one_minus_squared_distance_over_what_independence_expects(items):
    x, y = sides(items)
    assume(np.ptp(x) > 0 and np.ptp(y) > 0)
    expected = 1 - np.mean((x - y) ** 2) / (x.var() + y.var() + (x.mean() - y.mean()) ** 2)
    assert ccc(x, y) == pytest.approx(expected, abs=1e-9)
    assert abs(ccc(x, y)) <= abs(pearson(x, y)) + 1e-9


def test_concordance_punishes_shift_and_stretch_where_correlation_does_not():
    x = np.array([1.0, 2.0, 3.0])
    assert ccc(x, x + 1) == pytest.approx(4 / 7)
    assert ccc(x, 2 * (x - 2) + 2) == pytest.approx(0.8)
    assert ccc(x, x) == pytest.approx(1)
    assert ccc(x, -x + 4) == pytest.approx(-1)
    assert pearson(x, x + 1) == pearson(x, 2 * x) == pytest.approx(1)


def test_a_constant_decoder_has_no_correlation_and_no_concordance():
    # 0.1 repeated has a rounding-error variance above zero: it must not pass for variation.
    varying, constant = [0.1, 0.5, -0.3], [0.1] * 3
    for x, y in ((varying, constant), (constant, varying)):
        assert np.isnan(pearson(x, y))
        assert np.isnan(spearman(x, y))
        assert ccc(x, y) == 0.0
    assert np.isnan(ccc(constant, constant))
    assert ccc(constant, [0.2] * 3) == 0.0
    assert np.isnan(ccc([0.4], [0.4]))


def test_tiny_variation_does_not_underflow():
    x = np.array([0.0, 1e-200, 3e-200])
    assert pearson(x, x * 2) == pytest.approx(1)


def test_spearman_sees_order_only():
    x = np.array([-0.9, -0.2, 0.0, 0.1, 0.8])
    assert spearman(x, np.exp(5 * x)) == pytest.approx(1)
    assert pearson(x, np.exp(5 * x)) < 0.9


@pytest.mark.parametrize("metric", [mae, rmse, pearson, spearman, ccc])
@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ([], [], "at least one item"),
        ([1.0, 2.0], [1.0], r"got \(2,\), \(1,\)"),
        ([[1.0]], [[1.0]], "two series"),
        ([1.0, np.nan, 3.0], [1.0, 2.0, np.inf], "2 of 3 items hold a value that is not finite"),
    ],
)
def test_series_that_cannot_be_compared_are_named(metric, x, y, message):
    with pytest.raises(InvalidData, match=message):
        metric(x, y)


@pytest.mark.parametrize(("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_the_published_example_has_the_published_alpha(level, alpha):
    assert krippendorff_alpha(PUBLISHED, level=level) == pytest.approx(alpha, abs=5e-4)


tables = st.lists(
    st.lists(st.sampled_from([1.0, 2.0, 3.0, 5.0, np.nan]), min_size=3, max_size=3), min_size=2, max_size=15
).map(np.array)


@settings(deadline=None)
@given(tables, st.sampled_from(LEVELS))
def test_alpha_agrees_with_the_reference_package(table, level):
    pairable = table[np.sum(~np.isnan(table), axis=1) >= 2]
    assume(np.unique(pairable[~np.isnan(pairable)]).size > 1)
    expected = krippendorff.alpha(reliability_data=table.T, level_of_measurement=level)
    assert krippendorff_alpha(table, level=level) == pytest.approx(expected, abs=1e-9)


@settings(deadline=None)
@given(tables, st.sampled_from(LEVELS), st.integers(0, 99))
def test_who_rated_and_in_what_order_does_not_matter(table, level, seed):
    assume(np.any(np.sum(~np.isnan(table), axis=1) >= 2))
    shuffled = np.random.default_rng(seed).permuted(table, axis=1)
    np.testing.assert_allclose(
        krippendorff_alpha(shuffled, level=level), krippendorff_alpha(table, level=level), atol=1e-9
    )


def test_codes_of_nominal_categories_are_only_names():
    renamed = np.vectorize({1: 40.0, 2: -3.0, 3: 7.0, 4: 0.0, 5: 12.0}.get, otypes=[float])(
        np.nan_to_num(PUBLISHED, nan=1)
    )
    renamed[np.isnan(PUBLISHED)] = np.nan
    assert krippendorff_alpha(renamed, level="nominal") == pytest.approx(
        krippendorff_alpha(PUBLISHED, level="nominal")
    )
    assert krippendorff_alpha(renamed, level="interval") != pytest.approx(
        krippendorff_alpha(PUBLISHED, level="interval")
    )


def test_limits_of_alpha():
    assert krippendorff_alpha([[1, 1], [2, 2], [3, 3]], level="interval") == 1.0
    assert krippendorff_alpha([[1, 2], [2, 1]], level="nominal") < 0
    assert np.isnan(krippendorff_alpha([[2, 2], [2, np.nan], [2, 2]], level="nominal"))
    by_chance = np.random.default_rng(0).integers(4, size=(4000, 3)).astype(float)
    for level in LEVELS:
        assert krippendorff_alpha(by_chance, level=level) == pytest.approx(0, abs=0.03)


@pytest.mark.parametrize(
    ("table", "level", "message"),
    [
        ([1.0, 2.0], "nominal", r"units by raters.*got shape \(2,\)"),
        ([[1.0, np.inf]], "nominal", "units by raters"),
        ([[1.0, np.nan], [np.nan, 2.0]], "nominal", "at least one unit with two ratings"),
        ([[1.0, 2.0]], "ratio", "level must be nominal, ordinal or interval, got 'ratio'"),
    ],
)
def test_tables_that_cannot_be_scored_are_named(table, level, message):
    with pytest.raises(InvalidData, match=message):
        krippendorff_alpha(table, level=level)


@pytest.mark.data
def test_readers_of_real_sentences_agree_as_the_reference_package_says(data_root):
    with (data_root / "emobank" / "individual_reader_ratings.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    ratings: dict[str, list[float]] = {}
    for row in rows:
        ratings.setdefault(row["id"], []).append(float(row["V"]))
    width = max(map(len, ratings.values()))
    table = np.array([values + [np.nan] * (width - len(values)) for values in ratings.values()])
    expected = krippendorff.alpha(reliability_data=table.T, level_of_measurement="interval")
    assert krippendorff_alpha(table, level="interval") == pytest.approx(expected, abs=1e-9)
    assert 0.2 < expected < 0.6
