"""The command ``affectlab``: every room's commands under one name."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer
from typer.exceptions import TyperException

from affectlab import __version__
from affectlab.cli.bench import app as bench_app
from affectlab.cli.counsel import app as counsel_app
from affectlab.cli.decode import app as decode_app
from affectlab.cli.gat import gat as gat_command
from affectlab.cli.models import app as models_app
from affectlab.cli.music import app as music_app
from affectlab.cli.plan import app as plan_app
from affectlab.cli.session import app as session_app
from affectlab.cli.steer import app as steer_app
from affectlab.cli.usage import usage_line
from affectlab.errors import AffectlabError

app = typer.Typer(
    name="affectlab",
    help="Close the loop between a person's affect and an AI's response, and measure every part of it.\n\n"
    "Research software, not a medical device.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(session_app)
app.add_typer(bench_app)
app.add_typer(decode_app)
app.add_typer(steer_app)
app.add_typer(music_app)
app.add_typer(plan_app)
app.add_typer(models_app)
app.add_typer(counsel_app)
app.command("gat")(gat_command)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"affectlab {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Read by `main`, which sees the whole command line."""


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say what is installed, what is missing, and what to do about it."""
    from affectlab.cli.output import print_json, print_report
    from affectlab.doctor import examine

    findings = examine()
    if as_json:
        print_json({"command": "doctor", "rows": [finding.to_json() for finding in findings]})
    else:
        print_report(findings)


@app.command()
def studio(
    port: Annotated[int | None, typer.Option(help="Port to listen on (8765).")] = None,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on (127.0.0.1); any other demands --token.")
    ] = None,
    token: Annotated[
        str | None, typer.Option(envvar="AFFECTLAB_TOKEN", help="Secret that pages must present.")
    ] = None,
    config: Annotated[str | None, typer.Option(help="TOML file with the studio's settings.")] = None,
) -> None:
    """Start the live studio in the browser: the closed loop on real or simulated EEG."""
    from pathlib import Path

    from affectlab.config import load
    from affectlab.studio import StudioConfig, run_studio

    flags = {"port": port, "host": host, "token": token}
    run_studio(load(StudioConfig, file=Path(config) if config else None, flags=flags), _announce)


def _announce(address: str) -> None:
    typer.echo(
        f"affectlab studio is ready. Research software, not a medical device.\n"
        f"  participant  {address}/\n"
        f"  researcher   {address}/researcher\n"
        "Ctrl+C ends it; sessions stay on this machine.",
        err=True,
    )


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and leave the process.

    A user's mistake is one line on stderr and exit code 2; ``--debug``, anywhere among the arguments, adds
    the traceback. Interrupted work leaves with 128 and the signal's number.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    try:
        left = [one for one in given if one != "--debug"]
        done = app(left, prog_name="affectlab", standalone_mode=False)
    except AffectlabError as error:
        _leave(str(error), debug)
    except TyperException as error:
        # A command group without arguments has shown its help and has nothing to add.
        _leave(usage_line(error, left) if error.format_message() else "", debug)
    except typer.Abort:
        _leave("there was no yes to the question; nothing was done", debug)
    except BrokenPipeError:
        # Whoever read our output has gone; Python would complain about it once more while exiting.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    sys.exit(done if isinstance(done, int) else 0)


def _leave(line: str, debug: bool) -> NoReturn:
    if debug:
        traceback.print_exc()
    if line:
        sys.stderr.write(f"affectlab: {' '.join(line.split())}\n")
    sys.exit(2)
