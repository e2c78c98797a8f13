"""``affectlab bench build aica``: AICA-Bench from the corpora a user has."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from affectlab.bench.aica.build import AicaSummary

_KINDS = ("missing", "row", "label", "unreadable", "duplicate", "nsfw")


def aica(
    out: Annotated[Path, typer.Option(help="Folder of the data set.")],
    emoset: Annotated[Path | None, typer.Option(help="Folder of EmoSet-118K.")] = None,
    emotion6: Annotated[Path | None, typer.Option(help="Folder of Emotion6.")] = None,
    fi: Annotated[Path | None, typer.Option(help="Folder of FI.")] = None,
    flickr_ldl: Annotated[Path | None, typer.Option(help="Folder of Flickr_LDL.")] = None,
    twitter_ldl: Annotated[Path | None, typer.Option(help="Folder of Twitter_LDL.")] = None,
    findingemo: Annotated[Path | None, typer.Option(help="Folder of FindingEmo.")] = None,
    emotic: Annotated[Path | None, typer.Option(help="Folder of EMOTIC.")] = None,
    artphoto: Annotated[Path | None, typer.Option(help="Folder of ArtPhoto.")] = None,
    abstract: Annotated[Path | None, typer.Option(help="Folder of Abstract.")] = None,
    oasis: Annotated[Path | None, typer.Option(help="Folder of OASIS.")] = None,
    bass: Annotated[Path | None, typer.Option(help="Folder of BASS.")] = None,
    limit_per_corpus: Annotated[
        int | None, typer.Option(min=1, help="At most so many pictures of any corpus.")
    ] = None,
    nsfw: Annotated[Path | None, typer.Option(help="List of pictures not to be shown.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the draw and the split.")] = 0,
    config: Annotated[
        Path | None, typer.Option(help="TOML file with the rules the paper leaves open.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
) -> None:
    """Make AICA-Bench from any of its corpora, and from OASIS and BASS."""
    from affectlab.bench.aica.build import build_aica
    from affectlab.bench.aica.rules import AicaRules
    from affectlab.bench.aica.sources import AicaSources
    from affectlab.cli.progress import counting
    from affectlab.config import load

    sources = AicaSources(
        emoset, emotion6, fi, flickr_ldl, twitter_ldl, findingemo, emotic, artphoto, abstract, oasis, bass
    )
    rules = load(AicaRules, file=config, flags={"limit_per_corpus": limit_per_corpus})
    with counting("pictures") as progress:
        summary = build_aica(sources, out, rules=rules, nsfw=nsfw, seed=seed, progress=progress)
    _show(summary, as_json=as_json)


def _show(summary: AicaSummary, *, as_json: bool) -> None:
    from affectlab.bench.dataset import read_info
    from affectlab.cli.output import print_json, print_pairs, print_rows

    if as_json:
        manifest = dict(read_info(summary.folder).manifest)
        print_json({"command": "bench build aica", "manifest": manifest, "rows": summary.rows()})
        return
    rows: list[dict[str, Any]] = [
        {
            "corpus": one.corpus,
            "found": one.found,
            **{kind: one.skipped.get(kind, 0) for kind in _KINDS},
            "taken": one.taken,
            "in the paper": "" if one.published is None else one.published,
        }
        for one in summary.corpora
    ]
    print_rows(f"{summary.folder}: {summary.pictures} pictures", rows)
    splits = ", ".join(f"{number} {name}" for name, number in summary.splits.items())
    print_pairs("", {"split": f"{splits}, of {summary.sources} sources"})
    for note in summary.notes:
        typer.echo(note, err=True)
