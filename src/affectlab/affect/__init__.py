"""The vocabulary every room speaks: affect states, taxonomies, metrics and statistics. Pure; no torch."""

from affectlab.affect.agreement import ccc, cohen_kappa, krippendorff_alpha, mae, pearson, rmse, spearman
from affectlab.affect.classification import accuracy, macro_f1, uar, weighted_f1
from affectlab.affect.distributions import (
    canberra_metric,
    chebyshev_distance,
    clark_distance,
    cosine_similarity,
    intersection_similarity,
    jensen_shannon_distance,
    jensen_shannon_divergence,
    kullback_leibler_divergence,
    manhattan_distance,
)
from affectlab.affect.permutation import PermutationTest, holm, permutation_test, sign_flip_test
from affectlab.affect.state import AffectState, Distribution
from affectlab.affect.statistics import (
    Difference,
    Interval,
    cluster_bootstrap,
    cluster_bootstrap_mean,
    paired_cluster_bootstrap,
)
from affectlab.affect.taxonomies import Taxonomy, map_distribution, sims5_class, taxonomy, taxonomy_names

__all__ = [
    "AffectState",
    "Difference",
    "Distribution",
    "Interval",
    "PermutationTest",
    "Taxonomy",
    "accuracy",
    "canberra_metric",
    "ccc",
    "chebyshev_distance",
    "clark_distance",
    "cluster_bootstrap",
    "cluster_bootstrap_mean",
    "cohen_kappa",
    "cosine_similarity",
    "holm",
    "intersection_similarity",
    "jensen_shannon_distance",
    "jensen_shannon_divergence",
    "krippendorff_alpha",
    "kullback_leibler_divergence",
    "macro_f1",
    "mae",
    "manhattan_distance",
    "map_distribution",
    "paired_cluster_bootstrap",
    "pearson",
    "permutation_test",
    "rmse",
    "sign_flip_test",
    "sims5_class",
    "spearman",
    "taxonomy",
    "taxonomy_names",
    "uar",
    "weighted_f1",
]
