"""Answers judged by a model: blind, in both orders, with reasons kept and the judge itself measured."""

from affectlab.bench.judging.criteria import Criterion
from affectlab.bench.judging.families import families, refuse_relatives
from affectlab.bench.judging.judge import Judge
from affectlab.bench.judging.judgement import PairJudgement, RatingJudgement
from affectlab.bench.judging.subject import Answer, Pair, Rated, all_pairs

__all__ = [
    "Answer",
    "Criterion",
    "Judge",
    "Pair",
    "PairJudgement",
    "Rated",
    "RatingJudgement",
    "all_pairs",
    "families",
    "refuse_relatives",
]
