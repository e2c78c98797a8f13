"""AICA-Bench made from its corpora: read, draw, look, leave duplicates out, write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from affectlab.affect import taxonomy
from affectlab.bench.aica.choosing import Chooser, Taken
from affectlab.bench.aica.drafts import Offer, Skipped
from affectlab.bench.aica.drawing import draw
from affectlab.bench.aica.looking import Looker, facts_of
from affectlab.bench.aica.nsfw import NsfwList, read_nsfw
from affectlab.bench.aica.related import clusters
from affectlab.bench.aica.rules import PUBLISHED, AicaRules
from affectlab.bench.aica.sources import AicaSources
from affectlab.bench.dataset import DatasetInfo, write_dataset
from affectlab.bench.sample import Sample
from affectlab.bench.splits import split_of
from affectlab.errors import BenchError
from affectlab.files import write_json
from affectlab.manifest import make_manifest, sha256
from affectlab.models import Media

Progress = Callable[[int, int], None]
"""Told how many pictures were looked at, and of how many that are expected."""

MEMORY = "looked-at.jsonl"
"""File in the folder of a data set with what was seen of every picture."""

_SPACES = ("mikels8", "ekman6", "plutchik24", "emotic26")


@dataclass(frozen=True, slots=True)
class CorpusCount:
    """What became of the pictures of a corpus.

    Parameters
    ----------
    corpus
        Its name.
    found
        Pictures in its tables or folders.
    taken
        Those of the data set.
    published
        Those of the paper; None for a set the paper does not use.
    skipped
        Kind of reason to number; pictures that were not drawn are in no number.
    """

    corpus: str
    found: int
    taken: int
    published: int | None
    skipped: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class AicaSummary:
    """What a data set has come to hold.

    Parameters
    ----------
    folder
        Where it lies.
    corpora
        In the order in which duplicates are kept.
    splits
        Side of the split to number of pictures.
    sources
        Number of independent sources.
    labels
        Corpus, then most probable label, to number of pictures.
    skipped
        Pictures left out, with the reason; also in ``skipped.json``.
    notes
        Lines for the user.
    """

    folder: Path
    corpora: tuple[CorpusCount, ...]
    splits: Mapping[str, int]
    sources: int
    labels: Mapping[str, Mapping[str, int]]
    skipped: tuple[Skipped, ...]
    notes: tuple[str, ...]

    @property
    def pictures(self) -> int:
        """Pictures of the data set."""
        return sum(one.taken for one in self.corpora)

    def rows(self) -> list[dict[str, Any]]:
        """Return all figures as rows with what they are about, metric, value, low, high and n."""
        counts: list[dict[str, Any]] = []
        for one in self.corpora:
            about = {"subset": one.corpus}
            counts.append({**about, "metric": "samples", "value": one.taken, "published": one.published})
            counts.append({**about, "metric": "found", "value": one.found})
            counts += [{**about, "metric": f"skipped_{kind}", "value": n} for kind, n in one.skipped.items()]
        for corpus, labels in self.labels.items():
            counts += [
                {"subset": corpus, "target": label, "metric": "samples", "value": n}
                for label, n in labels.items()
            ]
        return [{**row, "low": None, "high": None, "n": self.pictures} for row in counts]


def build_aica(
    sources: AicaSources,
    out: Path,
    *,
    rules: AicaRules | None = None,
    nsfw: Path | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> AicaSummary:
    """Write the data set `out`; one that is there is made anew, a build that was cut off is no data set.

    Pictures stay where they are. Each is read once and remembered in ``looked-at.jsonl``, so that a build
    that was cut off goes on where it was.

    Parameters
    ----------
    sources
        At least one.
    out
        Folder of the data set.
    rules
        The choices the paper leaves open.
    nsfw
        List of pictures not to be shown, see `affectlab.bench.aica.nsfw`.
    seed
        Of the draw and the split.
    progress
        Told how many pictures were looked at.

    Raises
    ------
    BenchError
        If there is no source, or no picture is left.
    UnreadableFile
        If a source is laid out otherwise than its publisher ships it, or a list cannot be read.
    MissingExtra
        If Pillow is not installed.
    """
    rules = rules or AicaRules()
    folders = sources.folders()
    listed = read_nsfw(nsfw, folders.items())
    offers = list(sources.offers())
    expected = sum(rules.wanted(offer.corpus, len(offer.drafts)) for offer in offers)
    looker = Looker(out / MEMORY, _counting(progress, expected))
    chooser = Chooser(looker, listed, rules)
    for offer in offers:
        draw(offer.corpus, offer.drafts, rules, seed, partial(chooser.judge, offer.corpus))
    taken = list(_in_order(offers, chooser))
    skipped = (*(one for offer in offers for one in offer.skipped), *chooser.skipped)
    notes = (*(note for offer in offers for note in offer.notes), *_notes(taken, skipped, listed))
    if not taken:
        raise BenchError("; ".join(("no picture is left to build from", *notes)))
    write_json(out / "skipped.json", [asdict(one) for one in skipped])
    samples = _samples(taken, offers, rules, seed)
    write_dataset(out, _info(folders, offers, taken, rules, nsfw, seed), samples)
    return _summary(out, offers, samples, skipped, notes)


def _counting(progress: Progress | None, expected: int) -> Callable[[], None]:
    seen = 0

    def count() -> None:
        nonlocal seen
        seen += 1
        if progress:
            progress(seen, max(seen, expected))

    return count


def _in_order(offers: Sequence[Offer], chooser: Chooser) -> list[Taken]:
    keys = ((offer.corpus, draft.name) for offer in offers for draft in offer.drafts)
    return [chooser.taken[key] for key in keys if key in chooser.taken]


def _samples(taken: Sequence[Taken], offers: Sequence[Offer], rules: AicaRules, seed: int) -> list[Sample]:
    sources = clusters(
        (one.id, f"{one.corpus}:{one.draft.source}" if one.draft.source else one.id, one.related)
        for one in taken
    )
    spaces = {offer.corpus: offer.space for offer in offers}
    return [
        _sample(one, spaces[one.corpus], sources[one.id], split_of(sources[one.id], rules.test_share, seed))
        for one in taken
    ]


def _sample(one: Taken, space: str | None, source: str, split: Any) -> Sample:
    total = sum(one.draft.weights.values())
    labels = taxonomy(space).labels if space else ()
    return Sample(
        id=one.id,
        subset=one.corpus,
        split=split,
        groups={"source": source, "image": one.id},
        target={label: one.draft.weights.get(label, 0.0) / total for label in labels},
        media=(Media("image", one.draft.path.absolute(), one.look.sha256),),
        details={
            **one.draft.details,
            "corpus": one.corpus,
            "space": space,
            "name": one.draft.name,
            "picture": facts_of(one.look),
        },
    )


def _notes(taken: Sequence[Taken], skipped: Sequence[Skipped], listed: NsfwList) -> tuple[str, ...]:
    notes = []
    if skipped:
        kinds = ", ".join(f"{n} {kind}" for kind, n in Counter(one.kind for one in skipped).items())
        first = f"{skipped[0].corpus}: {skipped[0].picture}, {skipped[0].why}"
        notes.append(f"pictures left out: {len(skipped)} ({kinds}), see skipped.json; the first: {first}")
    animated = sum(one.look.frames > 1 for one in taken)
    if animated:
        notes.append(f"animations of which the first picture is shown: {animated}")
    if len(listed):
        notes.append(f"entries of the list of pictures not to be shown: {len(listed)}, met: {listed.used}")
    return tuple(notes)


def _info(
    folders: Mapping[str, Path],
    offers: Sequence[Offer],
    taken: Sequence[Taken],
    rules: AicaRules,
    nsfw: Path | None,
    seed: int,
) -> DatasetInfo:
    corpora = {
        offer.corpus: {
            "found": len(offer.drafts) + len(offer.skipped),
            "taken": sum(one.corpus == offer.corpus for one in taken),
            "published": PUBLISHED[offer.corpus],
            "space": offer.space,
        }
        for offer in offers
    }
    parameters = {**rules.model_dump(mode="json"), "seed": seed, "corpora": corpora}
    places = {name: str(folder) for name, folder in folders.items()} | ({"nsfw": str(nsfw)} if nsfw else {})
    manifest = make_manifest("bench build aica", {**places, **parameters}, seeds={"build": seed})
    tables = {f"{offer.corpus}: {path.name}": sha256(path) for offer in offers for path in offer.tables}
    listed = {"nsfw": sha256(nsfw)} if nsfw else {}
    labels = {label: label for space in _SPACES for label in taxonomy(space).labels}
    return DatasetInfo("aica", labels, {}, parameters, {**manifest, "data": {**tables, **listed}})


def _summary(
    out: Path,
    offers: Sequence[Offer],
    samples: Sequence[Sample],
    skipped: tuple[Skipped, ...],
    notes: tuple[str, ...],
) -> AicaSummary:
    taken = Counter(sample.subset for sample in samples)
    counts = tuple(
        CorpusCount(
            offer.corpus,
            len(offer.drafts) + len(offer.skipped),
            taken[offer.corpus],
            PUBLISHED[offer.corpus],
            Counter(one.kind for one in skipped if one.corpus == offer.corpus),
        )
        for offer in offers
    )
    labels = {
        offer.corpus: Counter(sample.label for sample in samples if sample.subset == offer.corpus)
        for offer in offers
        if offer.space
    }
    return AicaSummary(
        folder=out,
        corpora=counts,
        splits=Counter(sample.split for sample in samples),
        sources=len({sample.groups["source"] for sample in samples}),
        labels=labels,
        skipped=skipped,
        notes=notes,
    )
