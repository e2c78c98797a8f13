"""``affectlab plan …``: plans, and what they cite."""

from __future__ import annotations

import typer

from affectlab.cli.plan_knowledge import app as knowledge_app

app = typer.Typer(name="plan", help="Make plans and look up what they cite.", no_args_is_help=True)
app.add_typer(knowledge_app)
