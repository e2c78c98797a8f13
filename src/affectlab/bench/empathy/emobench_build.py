"""The data set of EmoBench made from its files ``EA.jsonl`` and ``EU.jsonl``."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from affectlab.bench.dataset import DatasetInfo, write_dataset
from affectlab.bench.empathy.summary import BuildSummary
from affectlab.bench.sample import Sample
from affectlab.errors import InvalidData, UnreadableFile
from affectlab.manifest import make_manifest

LANGUAGES = ("en", "zh")
FILES = {"EA": "EA.jsonl", "EU": "EU.jsonl"}


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a file, counted from 1."""

    path: Path
    number: int
    content: Mapping[str, Any]

    def text(self, key: str) -> str:
        found = self.content.get(key)
        if not isinstance(found, str | int) or not str(found).strip():
            raise InvalidData(f"{self.path}, line {self.number}: {key} is {found!r}; expected words")
        return str(found).strip()

    def options(self, key: str, label: str) -> tuple[list[str], int]:
        """Return the options and the place of the right one."""
        found = self.content.get(key)
        words = [str(one).strip() for one in found] if isinstance(found, Sequence) else []
        right = self.text(label)
        if len(words) < 2 or len(set(words)) < len(words) or words.count(right) != 1:
            raise InvalidData(
                f"{self.path}, line {self.number}: {label} is {right!r}; expected one of the different "
                f"options in {key}, {found!r}"
            )
        return words, words.index(right)


def build_emobench(files: Path, out: Path) -> BuildSummary:
    """Write the data set `out`; one that is there is made anew.

    Parameters
    ----------
    files
        Folder with ``EA.jsonl`` and ``EU.jsonl`` as published.
    out
        Folder of the data set.

    Raises
    ------
    UnreadableFile, InvalidData
        If the files are not as published.
    """
    paths = {task: files / name for task, name in FILES.items()}
    samples = [_sample(task, line) for task, path in paths.items() for line in _lines(path)]
    twice = [name for name, number in Counter(one.id for one in samples).items() if number > 1]
    if twice:
        raise InvalidData(f"{files} holds {twice[0]} twice; expected each question once in a language")
    config = {"files": str(files)}
    manifest = make_manifest("bench build emobench", config, seeds={}, data=tuple(paths.values()))
    info = DatasetInfo("emobench", {}, parameters={"languages": list(LANGUAGES)}, manifest=manifest)
    write_dataset(out, info, samples)
    counts = Counter((sample.subset, str(sample.details["task"])) for sample in samples)
    rows: list[dict[str, Any]] = [
        {"subset": subset, "task": task, "metric": "questions", "value": n}
        for (subset, task), n in counts.items()
    ]
    sources = len({sample.groups["source"] for sample in samples})
    return BuildSummary(out, "emobench", rows, sources)


def _lines(path: Path) -> Iterator[_Line]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(
            f"{path} cannot be read ({error}); expected the folder with {' and '.join(FILES.values())}"
        ) from error
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield _Line(path, number, _object(path, number, line))


def _object(path: Path, number: int, line: str) -> Mapping[str, Any]:
    try:
        found = json.loads(line)
    except ValueError as error:
        raise UnreadableFile(f"{path}, line {number} is no JSON ({error})") from error
    if not isinstance(found, dict):
        raise UnreadableFile(f"{path}, line {number} is no JSON object")
    return found


def _sample(task: str, line: _Line) -> Sample:
    number, language = line.text("qid"), line.text("language")
    if language not in LANGUAGES:
        raise InvalidData(
            f"{line.path}, line {line.number}: language is {language!r}; expected {' or '.join(LANGUAGES)}"
        )
    details: dict[str, Any] = {"task": task, "subject": line.text("subject")}
    if task == "EA":
        options, right = line.options("choices", "label")
        details |= {"category": line.text("category"), "asked": line.text("question type")}
        details |= {"options": options, "right": right}
    else:
        emotions, emotion = line.options("emotion_choices", "emotion_label")
        causes, cause = line.options("cause_choices", "cause_label")
        details |= {"category": line.text("coarse_category"), "fine": line.text("finegrained_category")}
        details |= {"emotions": emotions, "emotion": emotion, "causes": causes, "cause": cause}
    return Sample(
        id=f"{task}_{number}_{language}",
        subset=language,
        split="test",
        # A scenario and its translation are one source.
        groups={"source": f"{task}-{number}"},
        target={"right": 1.0},
        text=line.text("scenario"),
        details=details,
    )
