"""``affectlab counsel …``: empathetic answers, from data to a guarded chat."""

from __future__ import annotations

import typer

from affectlab.cli.counsel_chat import chat
from affectlab.cli.counsel_data import app as data_app
from affectlab.cli.counsel_evaluate import app as evaluate_app
from affectlab.cli.counsel_gate import gate
from affectlab.cli.counsel_serve import serve
from affectlab.cli.counsel_train import app as train_app

app = typer.Typer(
    name="counsel",
    help="Train, judge, guard and serve a model that answers with empathy. Not a medical device.",
    no_args_is_help=True,
)
app.add_typer(data_app)
app.command("chat")(chat)
app.command("gate")(gate)
app.add_typer(evaluate_app)
app.command("serve")(serve)
app.add_typer(train_app)
