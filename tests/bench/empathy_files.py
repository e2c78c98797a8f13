"""Small files in the layouts of EmoBench and EQ-Bench, and models that answer them by a rule."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from affectlab.models import Capabilities, Failure, Generation, Identity, Request, Sampling, Scores

Say = Callable[[Request], str]


def emobench_files(folder: Path, scenarios: int = 4) -> Path:
    """Write both files: right options begin with RIGHT, one EU scenario in three has six causes."""
    folder.mkdir(parents=True, exist_ok=True)
    lines: dict[str, list[str]] = {"EA": [], "EU": []}
    for number in range(scenarios):
        for language in ("en", "zh"):
            about = {"qid": str(number), "language": language, "subject": "Ann"}
            scenario = {"scenario": f"Scenario {number} in {language}."}
            ea = _options(4, number, f"response {number}")
            kind = {"category": "Personal-Self", "question type": ("Action", "Response")[number % 2]}
            right = {"label": ea[number % 4]}
            lines["EA"].append(json.dumps({**about, **scenario, **kind, "choices": ea, **right}))
            emotions = _options(6, number, f"feeling {number}")
            causes = _options(6 if number % 3 == 0 else 4, number, f"cause {number}")
            lines["EU"].append(
                json.dumps(
                    {
                        **about,
                        **scenario,
                        "coarse_category": ("complex_emotions", "emotional_cues")[number % 2],
                        "finegrained_category": "f",
                        "emotion_choices": emotions,
                        "emotion_label": emotions[number % 6],
                        "cause_choices": causes,
                        "cause_label": causes[number % len(causes)],
                    }
                )
            )
    for name, found in lines.items():
        (folder / f"{name}.jsonl").write_text("\n".join(found) + "\n", encoding="utf-8")
    return folder


def _options(number: int, right: int, words: str) -> list[str]:
    marks = ["RIGHT" if place == right % number else "wrong" for place in range(number)]
    return [f"{mark} {words} {place}" for place, mark in enumerate(marks)]


def eqbench_file(path: Path, references: Sequence[Sequence[float]]) -> Path:
    """Write questions about two scenes in turn, with these reference intensities."""
    names = ("Glad", "Sad", "Calm", "Cross")
    questions = {}
    for number, values in enumerate(references, 1):
        lines = "\n".join(f"{name}: <score>" for name in names)
        revised = "\n".join(f"{name}: <revised score>" for name in names)
        prompt = (
            f"\nPredict:\n\nThe dialogue:\n\nAnn: Scene {number % 2}.\nBob: Line {number}.\n"
            "[End dialogue]\n\nGive scores. Then critique your answer by thinking it through step by "
            f"step. Finally, give your revised scores.\n\nFirst pass scores:\n{lines}\n\n"
            f"Critique: <your critique here>\n\nRevised scores:\n{revised}\n\n[End of answer]\n\nRemember.\n"
        )
        answer: dict[str, object] = {f"emotion{place}": name for place, name in enumerate(names, 1)}
        answer |= {f"emotion{place}_score": str(value) for place, value in enumerate(values, 1)}
        questions[str(number)] = {"prompt": prompt, "reference_answer_fullscale": answer}
    path.write_text(json.dumps(questions), encoding="utf-8")
    return path


def options(request: Request) -> dict[str, str]:
    """Return the options that a request shows, by letter."""
    return dict(re.findall(r"^([A-J])\. (.+)$", request.text, re.MULTILINE))


class Sayer:
    """Says what a rule says; with `logits` the letter said is the likeliest label."""

    batch_size, lanes = 4, 1

    def __init__(self, say: Say, *, logits: bool = False) -> None:
        self.identity = Identity("toy:sayer", "1", {})
        self.can = Capabilities(logits=logits)
        self._say = say
        self.asked: list[Request] = []

    def generate(self, requests: Sequence[Request], sampling: Sampling) -> list[Generation | Failure]:
        self.asked += requests
        return [Generation(self._say(request)) for request in requests]

    def score(self, requests: Sequence[Request], labels: Sequence[str]) -> list[Scores | Failure]:
        self.asked += requests
        rows = []
        for request in requests:
            said = self._say(request)
            likely = np.log([0.9 if label == said else 0.02 for label in labels])
            rows.append(Scores(likely, np.ones(len(labels), dtype=np.int64)))
        return rows

    def close(self) -> None:
        """Nothing to give back."""
