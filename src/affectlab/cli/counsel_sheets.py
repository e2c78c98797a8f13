"""``affectlab counsel evaluate export-sheets, import-sheets``: answers judged by people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from affectlab.cli.counsel_evaluating import Json, Resamples, Rows, Seed, finish

app = typer.Typer()


@app.command("export-sheets")
def export_sheets(
    results: Annotated[Path, typer.Argument(help="Folder of `counsel evaluate run`.")],
    rows: Rows,
    out: Annotated[Path, typer.Option(help="Folder of the sheets, for raters.")],
    key: Annotated[Path, typer.Option(help="File of the key, kept from raters.")],
    raters: Annotated[int, typer.Option(min=1, max=500, help="Sheets to write.")] = 3,
    items: Annotated[int | None, typer.Option(min=1, help="Most conversations, drawn at random.")] = None,
    reference: Annotated[
        bool, typer.Option("--reference", help="Put the rows' own answers among the others.")
    ] = False,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Write blinded CSV sheets for people to rank and rate the answers."""
    from affectlab.cli.output import print_json, print_pairs
    from affectlab.counsel.judging.studies import write_sheets

    found = write_sheets(results, rows, out, key, raters=raters, items=items, reference=reference, seed=seed)
    sheets = [str(path) for path in found.sheets]
    about = {"sheets": sheets, "key": str(key), "items": found.items, "arms": list(found.arms)}
    if as_json:
        print_json({"command": "counsel evaluate export-sheets", **about})
    else:
        print_pairs("", {"sheets": ", ".join(sheets), "items": str(found.items), "key": f"{key}: keep it"})


@app.command("import-sheets")
def import_sheets(
    sheets: Annotated[list[Path], typer.Argument(help="Filled sheets, under the names they were sent out.")],
    key: Annotated[Path, typer.Option(help="File of the key.")],
    out: Annotated[Path, typer.Option(help="Folder of the results.")],
    seed: Seed = 0,
    resamples: Resamples = 2000,
    as_json: Json = False,
) -> None:
    """Read filled sheets: wins, ranks, strengths and ratings with intervals, and how far raters agree."""
    from affectlab.counsel.judging.figures import METRICS
    from affectlab.counsel.judging.studies import people_study

    about = people_study(sheets, key, out, seed=seed, resamples=resamples)
    more = {
        "rating": "mean of 1 to 5",
        "krippendorff_alpha": "agreement of raters, ordinal: 1 perfect, 0 chance",
    }
    finish(about, out, {**METRICS, **more}, as_json=as_json)
