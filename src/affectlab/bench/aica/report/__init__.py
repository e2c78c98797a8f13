"""Reports on runs of AICA-Bench: leaderboard, arms against each other, confusions, and a gallery."""

from affectlab.bench.aica.report._build import AicaReport, make_aica_report

__all__ = ["AicaReport", "make_aica_report"]
