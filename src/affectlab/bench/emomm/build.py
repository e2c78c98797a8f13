"""EmoMM made from its sources: read, draw, hash, classify, write."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from affectlab.bench.dataset import DatasetInfo, write_dataset
from affectlab.bench.emomm._agreement import Agreement, agreements
from affectlab.bench.emomm._corpus import Corpus, Draft, Skipped, draw
from affectlab.bench.emomm.clip import Clip
from affectlab.bench.emomm.crema_d import read_crema_d
from affectlab.bench.emomm.items import PUBLISHED_SUBSETS, samples_of
from affectlab.bench.emomm.mosi import read_mosi
from affectlab.bench.emomm.rules import EmoMMRules, label_set
from affectlab.bench.emomm.sims import read_sims
from affectlab.bench.sample import Sample
from affectlab.bench.splits import split_of
from affectlab.errors import BenchError
from affectlab.files import write_json
from affectlab.manifest import make_manifest, sha256

Progress = Callable[[int, int], None]
"""Told what is finished, and of how many."""

_HASHING_THREADS = 4
_PUBLISHED_CORPORA = frozenset({"sims", "mosi"})


@dataclass(frozen=True, slots=True)
class EmoMMSources:
    """Where clips come from; what is None or 0 gives none.

    Parameters
    ----------
    sims
        Folder of CH-SIMS v2.
    mosi
        Folder of CMU-MOSI.
    mosi_unimodal
        CSV with labels of single modalities for MOSI.
    crema_d
        Folder of CREMA-D; it has emotions and cannot be mixed with the others.
    synth
        Number of synthetic clips to make.
    """

    sims: Path | None = None
    mosi: Path | None = None
    mosi_unimodal: Path | None = None
    crema_d: Path | None = None
    synth: int = 0


@dataclass(frozen=True, slots=True)
class BuildSummary:
    """What a data set has come to hold.

    Parameters
    ----------
    folder
        Where it lies.
    clips
        Corpus to number of clips.
    sources
        Number of independent sources.
    splits
        Side of the split to number of clips.
    subsets
        Subset to number of samples, and that of the paper beside it; None for other corpora than the paper's
        and for subsets it has not.
    classes
        Label to number of clips with this reference.
    agreement
        Of each pair of channels.
    skipped
        Clips left out, with the reason; also in ``skipped.json``.
    notes
        Lines for the user.
    """

    folder: Path
    clips: Mapping[str, int]
    sources: int
    splits: Mapping[str, int]
    subsets: Mapping[str, tuple[int, int | None]]
    classes: Mapping[str, int]
    agreement: tuple[Agreement, ...]
    skipped: tuple[Skipped, ...]
    notes: tuple[str, ...]

    def rows(self) -> list[dict[str, Any]]:
        """Return all figures as rows with what they are about, metric, value, low, high and n."""
        total = sum(self.clips.values())
        counts = [
            *({"subset": name, "metric": "samples", "value": n} for name, (n, _) in self.subsets.items()),
            *({"target": name, "metric": "clips", "value": n} for name, n in self.classes.items()),
        ]
        pairs = [
            {"target": "-".join(one.channels), "metric": metric, "value": value}
            for one in self.agreement
            for metric in ("same_class", "same_polarity", "closeness", "alpha")
            # None where there are no values, NaN where nothing varies; JSON has no NaN.
            if (value := getattr(one, metric)) is not None and math.isfinite(value)
        ]
        return [{**row, "low": None, "high": None, "n": total} for row in (*counts, *pairs)]


def build_emomm(
    sources: EmoMMSources,
    out: Path,
    *,
    rules: EmoMMRules | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> BuildSummary:
    """Write the data set `out`; one that is there is made anew, a build that was cut off is no data set.

    Media stay where they are, synthetic ones are made in `out`. Files are hashed, not decoded: what cannot be
    decoded fails in the run, by itself.

    Parameters
    ----------
    sources
        At least one.
    out
        Folder of the data set.
    rules
        The choices the paper leaves open.
    seed
        Of the draw, the split and the synthetic clips.
    progress
        Told how many files are hashed, then how many synthetic clips are made.

    Raises
    ------
    BenchError
        If there is no source, sources cannot be mixed, or no clip is left.
    UnreadableFile
        If a source is laid out otherwise than its publisher ships it.
    InvalidData
        If a table holds a value out of range.
    """
    _check(sources)
    rules = rules or EmoMMRules()
    report = progress or (lambda _finished, _total: None)
    corpora = list(_read(sources, rules))
    drafts = [draft for corpus in corpora for draft in draw(corpus, rules, seed)]
    clips, lost = _hashed(drafts, report)
    if sources.synth:
        clips += _synthetic(sources.synth, out, seed, report)
    skipped = (*(one for corpus in corpora for one in corpus.skipped), *lost)
    notes = (*(note for corpus in corpora for note in corpus.notes), *_skip_notes(skipped))
    if not clips:
        raise BenchError("; ".join(("no clip is left to build from", *notes)))
    write_json(out / "skipped.json", [asdict(one) for one in skipped])
    samples = [
        sample
        for clip in clips
        for sample in samples_of(clip, rules, split_of(clip.source, rules.test_share, seed))
    ]
    write_dataset(out, _info(sources, corpora, clips, rules, seed), samples)
    return _summary(out, clips, samples, skipped, notes)


def _check(sources: EmoMMSources) -> None:
    valence = [
        flag
        for flag, given in (
            ("--sims", sources.sims),
            ("--mosi", sources.mosi),
            ("--synthetic", sources.synth),
        )
        if given
    ]
    if sources.crema_d and valence:
        raise BenchError(
            f"--crema-d has six emotions and {valence[0]} five classes of valence, one data set cannot hold "
            "both; build two"
        )
    if not sources.crema_d and not valence:
        raise BenchError("no source given; expected --sims DIR, --mosi DIR, --crema-d DIR or --synthetic N")
    if sources.mosi_unimodal and not sources.mosi:
        raise BenchError(f"--mosi-unimodal {sources.mosi_unimodal} is of no use without --mosi DIR")


def _read(sources: EmoMMSources, rules: EmoMMRules) -> Iterable[Corpus]:
    if sources.sims:
        yield read_sims(sources.sims, rules)
    if sources.mosi:
        yield read_mosi(sources.mosi, sources.mosi_unimodal, rules)
    if sources.crema_d:
        yield from read_crema_d(sources.crema_d)


def _hashed(drafts: Sequence[Draft], report: Progress) -> tuple[list[Clip], list[Skipped]]:
    paths = sorted({path for draft in drafts for path in (draft.audio, draft.video)})
    hashes: dict[Path, str] = {}
    faults: dict[Path, str] = {}
    with ThreadPoolExecutor(_HASHING_THREADS) as threads:
        for finished, (path, found) in enumerate(zip(paths, threads.map(_hash, paths), strict=True), 1):
            if isinstance(found, OSError):
                faults[path] = found.strerror or str(found)
            else:
                hashes[path] = found
            report(finished, len(paths))
    whole = [draft for draft in drafts if not {draft.audio, draft.video} & faults.keys()]
    lost = [
        Skipped(draft.id, f"{path} cannot be read: {faults[path]}")
        for draft in drafts
        for path in dict.fromkeys((draft.audio, draft.video))
        if path in faults
    ]
    return [draft.with_hashes(hashes) for draft in whole], lost


def _hash(path: Path) -> str | OSError:
    try:
        return sha256(path)
    except OSError as error:
        return error


def _synthetic(n: int, out: Path, seed: int, report: Progress) -> list[Clip]:
    from affectlab.bench.emomm.synth import make_clips

    # From here on media are written over; an older data set must not be taken for whole if this is cut off.
    (out / "dataset.json").unlink(missing_ok=True)
    return make_clips(n, out, seed, progress=report)


def _skip_notes(skipped: Sequence[Skipped]) -> tuple[str, ...]:
    if not skipped:
        return ()
    first = f"{skipped[0].clip}, {skipped[0].why}"
    return (f"clips left out: {len(skipped)}, see skipped.json; the first: {first}",)


def _info(
    sources: EmoMMSources, corpora: Sequence[Corpus], clips: Sequence[Clip], rules: EmoMMRules, seed: int
) -> DatasetInfo:
    classes = label_set(clips[0].corpus)
    parameters = {
        **rules.model_dump(mode="json"),
        "seed": seed,
        "clips": Counter(clip.corpus for clip in clips),
    }
    places = {name: str(place) for name, place in asdict(sources).items() if place}
    manifest = make_manifest("bench build emomm", {**places, **parameters}, seeds={"build": seed})
    tables = {f"{corpus.name}: {path.name}": sha256(path) for corpus in corpora for path in corpus.tables}
    return DatasetInfo("emomm", classes.words, classes.values, parameters, {**manifest, "data": tables})


def _summary(
    out: Path,
    clips: Sequence[Clip],
    samples: Sequence[Sample],
    skipped: tuple[Skipped, ...],
    notes: tuple[str, ...],
) -> BuildSummary:
    classes = label_set(clips[0].corpus)
    comparable = bool({clip.corpus for clip in clips} & _PUBLISHED_CORPORA)
    published = PUBLISHED_SUBSETS if comparable else {}
    found = Counter(sample.subset for sample in samples)
    reference = Counter(clip.labels["M"] for clip in clips)
    sides = {sample.groups["clip"]: sample.split for sample in samples}
    return BuildSummary(
        folder=out,
        clips=Counter(clip.corpus for clip in clips),
        sources=len({clip.source for clip in clips}),
        splits=Counter(sides.values()),
        subsets={name: (found[name], published.get(name)) for name in (*PUBLISHED_SUBSETS, "single")},
        classes={label: reference[label] for label in classes.words},
        agreement=agreements(clips, classes, comparable=comparable),
        skipped=skipped,
        notes=notes,
    )
