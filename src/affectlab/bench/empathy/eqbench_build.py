"""The data set of EQ-Bench v2 made from its file of 171 questions."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from affectlab.bench.dataset import DatasetInfo, write_dataset
from affectlab.bench.empathy.eqbench_scoring import HIGHEST
from affectlab.bench.empathy.summary import BuildSummary
from affectlab.bench.sample import Sample
from affectlab.errors import InvalidData, UnreadableFile
from affectlab.manifest import make_manifest

REFERENCE = "reference_answer_fullscale"
_DIALOGUE = re.compile(r"dialogue:\s*\n(.*?)\[End dialogue\]", re.DOTALL)


def build_eqbench(file: Path, out: Path) -> BuildSummary:
    """Write the data set `out`; one that is there is made anew.

    Questions whose dialogues begin with the same line are about the same scene and are one source.

    Parameters
    ----------
    file
        ``eq_bench_v2_questions_171.json`` as published.
    out
        Folder of the data set.

    Raises
    ------
    UnreadableFile, InvalidData
        If the file is not as published.
    """
    questions = _questions(file)
    scenes: dict[str, str] = {}
    samples = [_sample(file, number, one, scenes) for number, one in questions.items()]
    manifest = make_manifest("bench build eqbench", {"file": str(file)}, seeds={}, data=(file,))
    write_dataset(out, DatasetInfo("eqbench", {}, parameters={"version": 2}, manifest=manifest), samples)
    rows = [{"subset": "en", "metric": "questions", "value": len(samples)}]
    return BuildSummary(out, "eqbench", rows, len(scenes))


def _questions(file: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UnreadableFile(
            f"{file} cannot be read ({error}); expected eq_bench_v2_questions_171.json"
        ) from error
    if not isinstance(found, dict) or not found:
        raise InvalidData(f"{file} holds no questions; expected an object of question number to question")
    return found


def _sample(file: Path, number: str, question: Any, scenes: dict[str, str]) -> Sample:
    try:
        prompt = str(question["prompt"])
        reference = _reference(question[REFERENCE])
        dialogue = _DIALOGUE.search(prompt)
        opening = dialogue[1].strip().splitlines()[0] if dialogue else ""
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise InvalidData(
            f"{file}, question {number} has no prompt with a dialogue and {REFERENCE} ({error!r})"
        ) from error
    if not opening or len(reference) != 4 or not all(0 <= one <= HIGHEST for one in reference.values()):
        raise InvalidData(
            f"{file}, question {number}: expected a dialogue and four emotions from 0 to {HIGHEST}, "
            f"got {reference}"
        )
    scene = scenes.setdefault(opening, f"scene-{len(scenes) + 1}")
    total = sum(reference.values()) or 1.0
    return Sample(
        id=f"eq_{number}",
        subset="en",
        split="test",
        groups={"source": scene},
        target={name: value / total for name, value in reference.items()},
        text=prompt,
        details={"reference": reference},
    )


def _reference(answer: Mapping[str, Any]) -> dict[str, float]:
    return {str(answer[f"emotion{place}"]): float(answer[f"emotion{place}_score"]) for place in range(1, 5)}
