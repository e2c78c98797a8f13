"""The data set of Persona-E² made from its files, or from readers whose trait effect is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from affectlab.bench.dataset import DatasetInfo, write_dataset
from affectlab.bench.persona.event import EMOTIONS
from affectlab.bench.persona.hub import HUB_ID, HubFiles
from affectlab.bench.persona.items import LANGUAGES, samples_of
from affectlab.bench.persona.licence import LICENCE, TERMS, require_licence
from affectlab.bench.persona.loading import Corpus, read_corpus
from affectlab.bench.persona.synthetic import Synthetic, SyntheticSettings, make_synthetic
from affectlab.bench.sample import Sample
from affectlab.errors import BenchError
from affectlab.manifest import make_manifest, sha256

TEST_SHARE = 0.5
"""Share of events on the test side."""


@dataclass(frozen=True, slots=True)
class BuildSummary:
    """What a data set has come to hold.

    Parameters
    ----------
    folder
        Where it lies.
    level
        "reader" or "group".
    readers, answers
        Profiles, and answers of single readers.
    groups
        Group to number of members.
    splits, subsets, emotions
        Events by side of the split and by domain; votes by emotion (of groups where readers are not known).
    notes
        Lines for the user.
    """

    folder: Path
    level: str
    readers: int
    answers: int
    groups: Mapping[str, int]
    splits: Mapping[str, int]
    subsets: Mapping[str, int]
    emotions: Mapping[str, int]
    notes: tuple[str, ...]

    def rows(self) -> list[dict[str, Any]]:
        """Return all figures as rows with what they are about, metric, value, low, high and n."""
        events = sum(self.splits.values())
        votes = sum(self.emotions.values())
        counts: list[dict[str, Any]] = [
            *(
                {"subset": name, "metric": "events", "value": n, "n": events}
                for name, n in self.subsets.items()
            ),
            *(
                {"split": name, "metric": "events", "value": n, "n": events}
                for name, n in self.splits.items()
            ),
            *(
                {"group": name, "metric": "readers", "value": n, "n": self.readers}
                for name, n in self.groups.items()
            ),
            *(
                {"target": name, "metric": "votes", "value": n, "n": votes}
                for name, n in self.emotions.items()
            ),
            {"metric": "answers", "value": self.answers, "n": self.readers * events},
        ]
        return [{**row, "low": None, "high": None} for row in counts]


def build_persona(
    out: Path,
    *,
    files: str | None = None,
    synthetic: SyntheticSettings | None = None,
    language: str = "en",
    accept_licence: bool = False,
    seed: int = 0,
) -> BuildSummary:
    """Write the data set `out`; one that is there is made anew.

    Parameters
    ----------
    out
        Folder of the data set.
    files
        Folder with the published files, or the Hub's name of the data set, with ``@REVISION`` if wanted.
    synthetic
        Make readers and events up instead.
    language
        Of the samples' text; both languages are in the details.
    accept_licence
        Whether the user accepts the licence of the files; needed once.
    seed
        Of the split.

    Raises
    ------
    BenchError
        If not exactly one source is given, or the licence has not been accepted.
    UnreadableFile, InvalidData
        If the files are not as published.
    """
    if (files is None) == (synthetic is None):
        raise BenchError("expected one source: --synthetic or --files DIR")
    if language not in LANGUAGES:
        raise BenchError(f"--language is {language!r}; expected {' or '.join(LANGUAGES)}")
    made = make_synthetic(synthetic) if synthetic else None
    corpus = made.corpus if made else _published(str(files), accept=accept_licence)
    samples = samples_of(corpus, language=language, test_share=TEST_SHARE, seed=seed)
    truth: dict[str, Any] | None = None
    if made and synthetic:
        truth = made.truth(synthetic)
        samples = _with_logits(samples, made)
    parameters = {
        "level": corpus.level,
        "language": language,
        "seed": seed,
        "test_share": TEST_SHARE,
        "profiles": {reader: profile.to_json() for reader, profile in corpus.profiles.items()},
        "groups": {group: list(members) for group, members in corpus.groups.items()},
        "licence": None if made else LICENCE,
        "synthetic": truth,
    }
    config = {"files": files, "language": language, "synthetic": truth and synthetic_config(truth)}
    manifest = make_manifest("bench build persona", config, seeds={"build": seed})
    manifest["data"] = {path.name: sha256(path) for path in corpus.tables}
    write_dataset(out, DatasetInfo("persona", EMOTIONS, parameters=parameters, manifest=manifest), samples)
    return _summary(out, corpus, samples, licensed=made is None)


def synthetic_config(truth: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a synthetic data set without its logits."""
    return {name: value for name, value in truth.items() if not name.endswith("logits")}


def _published(files: str, *, accept: bool) -> Corpus:
    hub = HubFiles.named(files)
    if hub is None and not Path(files).is_dir():
        raise BenchError(
            f"--files {files} is no folder; expected a folder with the published files, or {HUB_ID}"
        )
    require_licence(accept=accept)
    return read_corpus(hub.fetch() if hub else Path(files))


def _with_logits(samples: list[Sample], made: Synthetic) -> list[Sample]:
    """Keep with each event what it adds to the logits, in the order of `EMOTIONS`."""
    return [
        replace(sample, details={**sample.details, "event_logits": [round(one, 6) for one in logits]})
        for sample, logits in zip(samples, made.event_logits.tolist(), strict=True)
    ]


def _summary(out: Path, corpus: Corpus, samples: list[Sample], *, licensed: bool) -> BuildSummary:
    votes = Counter(answer.emotion for event in corpus.events for answer in event.answers.values())
    if corpus.level == "group":
        votes = Counter(found.emotion for event in corpus.events for found in event.consensus.values())
    return BuildSummary(
        folder=out,
        level=corpus.level,
        readers=len(corpus.profiles),
        answers=sum(len(event.answers) for event in corpus.events),
        groups={group: len(members) for group, members in corpus.groups.items()},
        splits=Counter(sample.split for sample in samples),
        subsets=Counter(sample.subset for sample in samples),
        emotions={emotion: votes[emotion] for emotion in EMOTIONS},
        notes=(*corpus.notes, *([TERMS] if licensed else [])),
    )
