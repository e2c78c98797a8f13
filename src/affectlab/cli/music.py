"""``affectlab music …``: the learned composer."""

from __future__ import annotations

import typer

from affectlab.cli.music_corpus import app as corpus_app
from affectlab.cli.music_train import app as train_app

app = typer.Typer(
    name="music", help="The learned composer: its corpus and its training.", no_args_is_help=True
)
app.add_typer(corpus_app)
app.add_typer(train_app)
