"""``affectlab music …``: the learned composer."""

from __future__ import annotations

import typer

from affectlab.cli.music_corpus import app as corpus_app
from affectlab.cli.music_evaluate import app as evaluate_app
from affectlab.cli.music_generate import app as generate_app
from affectlab.cli.music_train import app as train_app

app = typer.Typer(name="music", help="Write music, measure it, train its composer.", no_args_is_help=True)
app.add_typer(generate_app)
app.add_typer(evaluate_app)
app.add_typer(corpus_app)
app.add_typer(train_app)
