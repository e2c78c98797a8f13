"""Reports on runs: tables and figures for the terminal, Markdown and HTML."""

from affectlab.bench.report._build import Report, RunReport, make_report, write_report
from affectlab.bench.report._terminal import show_comparison

__all__ = ["Report", "RunReport", "make_report", "show_comparison", "write_report"]
