"""``affectlab gat``: one picture with marked regions, and what to ask about it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

if TYPE_CHECKING:
    from affectlab.prompting.gat import Arm, Gat, Language


def gat(
    image: Annotated[Path, typer.Argument(help="Picture of any format that Pillow reads.")],
    out: Annotated[Path, typer.Option(help="Folder for the marked picture.")],
    labels: Annotated[
        str,
        typer.Option(help="Name of a taxonomy, or emotions with commas between, each alone or label=word."),
    ] = "mikels8",
    arm: Annotated[
        str, typer.Option(help="gat, scaffold, tree, gat-shuffled, gat-random or gat-grid.")
    ] = "gat",
    language: Annotated[str, typer.Option(help="Of the prompt: en or zh.")] = "en",
    seed: Annotated[int, typer.Option(help="Of shuffled numbers and random regions.", min=0)] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Mark the large regions of a picture and print what to ask a vision-language model about it."""
    from affectlab.cli.output import print_json
    from affectlab.prompting.gat import gat as prepare
    from affectlab.prompting.gat import read_labels

    made = prepare(
        image,
        labels=read_labels(labels),
        out=out,
        arm=cast("Arm", arm),
        language=cast("Language", language),
        seed=seed,
    )
    if as_json:
        print_json(_as_object(made, seed))
    else:
        _show(made)


def _as_object(made: Gat, seed: int) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "command": "gat",
        "arm": made.arm,
        "image": str(made.image.path),
        "sha256": made.image.sha256,
        "regions": [asdict(region) for region in made.regions],
        "prompt": made.prompts.eu(),
        "parameters": {"seed": seed, "language": made.prompts.language, **made.rules.model_dump()},
    }


def _show(made: Gat) -> None:
    from affectlab.cli.output import print_rows

    # Not in a table, which would cut the path to the terminal's width.
    sys.stdout.write(f"{made.image.path}\n")
    sys.stdout.flush()
    if made.regions:
        print_rows(
            "regions",
            [
                {
                    "number": region.number,
                    "share": f"{region.share:.0%}",
                    "mark at": " ".join(f"{place:.2f}" for place in region.mark),
                    "box": " ".join(f"{place:.2f}" for place in region.box),
                }
                for region in made.regions
            ],
        )
    sys.stdout.write(f"\n{made.prompts.eu()}\n")
