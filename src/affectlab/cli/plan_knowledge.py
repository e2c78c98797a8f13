"""``affectlab plan knowledge …``: search the knowledge base, and add to it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from affectlab.planning.knowledge import Found, KnowledgeEntry
    from affectlab.planning.knowledge.store import Fault
    from affectlab.planning.profile import Contraindication

app = typer.Typer(
    name="knowledge", help="Search what is known of music and affect, and add to it.", no_args_is_help=True
)
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]


@app.command()
def search(
    text: Annotated[str, typer.Argument(help="What to look for, in English or Chinese.")],
    contraindication: Annotated[
        list[str] | None,
        typer.Option(
            help="Of the person, repeatable; 'none' for a person without any. "
            "Entries on others are left out, those of the person come first."
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="Most entries to show.")] = 8,
    as_json: AsJson = False,
) -> None:
    """Find entries by words and, with the text embedder, by meaning."""
    from affectlab.planning.knowledge import Wanted
    from affectlab.planning.knowledge.hybrid import open_retriever

    wanted = Wanted(text, _person(contraindication), limit)
    retriever = open_retriever()
    found = retriever.search(wanted)
    if as_json:
        from affectlab.cli.output import print_json

        rows = [_row(one) for one in found]
        print_json({"command": "plan knowledge search", "query": text, "note": retriever.note, "rows": rows})
        return
    if retriever.note:
        typer.echo(retriever.note, err=True)
    for one in found:
        typer.echo(f"{one.entry.id}  [{one.entry.evidence.level}]\n  {one.entry.claim}")
    if not found:
        typer.echo("nothing found; try other words")


@app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="ID", help="Id of an entry.")], as_json: AsJson = False
) -> None:
    """Show an entry with its source."""
    from affectlab.cli.output import print_json, print_pairs
    from affectlab.errors import InvalidConfig
    from affectlab.planning.knowledge.store import everything, to_json

    entry = next((one for one in everything() if one.id == name), None)
    if entry is None:
        raise InvalidConfig(f"there is no entry '{name}'; see: affectlab plan knowledge list")
    if as_json:
        print_json({"command": "plan knowledge show", "entry": to_json(entry)})
    else:
        print_pairs(entry.id, _pairs(entry))


@app.command(name="list")
def list_entries(
    own: Annotated[bool, typer.Option("--own", help="Only the entries you added.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the entries: shipped ones and your own."""
    from affectlab.cli.output import print_json
    from affectlab.planning.knowledge import store

    entries = store.own() if own else store.everything()
    if as_json:
        print_json({"command": "plan knowledge list", "rows": [store.to_json(entry) for entry in entries]})
        return
    for entry in entries:
        typer.echo(f"{entry.id}  {entry.claim}")


@app.command()
def add(
    file: Annotated[Path, typer.Argument(help="JSON Lines, one entry a line.")],
    as_json: AsJson = False,
) -> None:
    """Check a file of entries and copy it into your own folder, whole or not at all."""
    from affectlab.cli.output import print_json
    from affectlab.planning.knowledge import store

    added, faults = store.add(file)
    if as_json:
        names = [entry.id for entry in added]
        print_json({"command": "plan knowledge add", "added": names, "faults": _faults(faults)})
    else:
        _say(faults, f"{len(added)} entries added to {store.own_folder()}")
    if faults:
        raise typer.Exit(2)


@app.command()
def check(as_json: AsJson = False) -> None:
    """Check the shipped entries and your own: form, ids, and that each has a source."""
    from affectlab.cli.output import print_json
    from affectlab.planning.knowledge import store

    faults = store.check()
    if as_json:
        print_json({"command": "plan knowledge check", "faults": _faults(faults)})
    else:
        _say(faults, "all entries are in order")
    if faults:
        raise typer.Exit(2)


def _person(given: list[str] | None) -> frozenset[Contraindication] | None:
    from typing import get_args

    from affectlab.errors import InvalidConfig
    from affectlab.planning.profile import Contraindication

    if given is None:
        return None
    known: tuple[Contraindication, ...] = get_args(Contraindication)
    unknown = [one for one in given if one not in known and one != "none"]
    if unknown:
        raise InvalidConfig(f"contraindication '{unknown[0]}' is not one of: {', '.join(known)}, none")
    return frozenset(one for one in known if one in given)


def _row(found: Found) -> dict[str, Any]:
    from affectlab.planning.knowledge.store import to_json

    ranks = {"score": found.score, "bm25": found.bm25, "dense": found.dense}
    return ranks | {"entry": to_json(found.entry)}


def _pairs(entry: KnowledgeEntry) -> dict[str, str]:
    source = entry.source
    wheres = [f"https://doi.org/{source.doi}" if source.doi else "", source.url or ""]
    cited = [", ".join(source.authors), str(source.year or ""), source.title, source.venue, *wheres]
    implied = [
        f"{one.field}: {one.direction}"
        + (f" {one.value}" if one.value is not None else "")
        + (f" ({one.when})" if one.when else "")
        for one in entry.implies
    ]
    return {
        "claim": entry.claim,
        "implies": "\n".join(implied),
        "population": entry.population,
        "evidence": "; ".join(filter(None, [entry.evidence.level, entry.evidence.note])),
        "contraindications": ", ".join(sorted(entry.contraindications)) or "–",
        "source": ". ".join(filter(None, cited)),
        "seen": f"{entry.verified.where}: {entry.verified.saw}" if entry.verified else "–",
    }


def _faults(faults: Sequence[Fault]) -> list[dict[str, Any]]:
    return [{"file": str(one.file), "line": one.line, "what": one.what} for one in faults]


def _say(faults: Sequence[Fault], otherwise: str) -> None:
    for fault in faults:
        typer.echo(f"affectlab: {fault}", err=True)
    if not faults:
        typer.echo(otherwise)
