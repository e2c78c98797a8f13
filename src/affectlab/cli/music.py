"""``affectlab music …``: what the learned composer is trained on."""

from __future__ import annotations

import typer

from affectlab.cli.music_corpus import app as corpus_app

app = typer.Typer(name="music", help="The learned composer: its training corpus.", no_args_is_help=True)
app.add_typer(corpus_app)


@app.callback()
def _group() -> None:
    """Keep `corpus` a command of its own while it is the only one."""
