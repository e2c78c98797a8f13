"""The report of a session: one self-contained HTML file."""

from affectlab.session.report._build import write_report

__all__ = ["write_report"]
