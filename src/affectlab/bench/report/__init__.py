"""Reports on runs: tables and figures for the terminal, Markdown and HTML."""

from affectlab.bench.report._build import (
    Report,
    RunReport,
    WrittenReport,
    make_report,
    report_on,
    write_report,
)
from affectlab.bench.report._markdown import markdown_table, markdown_text
from affectlab.bench.report._terminal import print_table, show_comparison

__all__ = [
    "Report",
    "RunReport",
    "WrittenReport",
    "make_report",
    "markdown_table",
    "markdown_text",
    "print_table",
    "report_on",
    "show_comparison",
    "write_report",
]
