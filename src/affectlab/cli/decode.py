"""``affectlab decode …``: prepare EEG data sets, and learn, judge and fit decoders on them."""

from __future__ import annotations

import typer

from affectlab.cli.decode_calibrate import app as calibrate_app
from affectlab.cli.decode_evaluate import app as evaluate_app
from affectlab.cli.decode_prepare import app as prepare_app
from affectlab.cli.decode_train import app as train_app

app = typer.Typer(
    name="decode", help="Decoders of affect from EEG: data, training, evaluation.", no_args_is_help=True
)
app.add_typer(prepare_app)
app.add_typer(evaluate_app)
app.add_typer(calibrate_app)
app.add_typer(train_app)
