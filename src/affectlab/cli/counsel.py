"""``affectlab counsel …``: data, training, judging and serving of counselling models."""

from __future__ import annotations

import typer

from affectlab.cli.counsel_train import app as train_app

app = typer.Typer(
    name="counsel",
    help="Empathetic replies: data, training, judging, a risk gate and a guarded chat.",
    no_args_is_help=True,
)
app.add_typer(train_app)
