"""Runs of the real AICA exam by a model whose answers are hostile, wordy, wrong and right by turns."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from toy_aica import write_pictures

from affectlab.bench.exam.table import read_exam_run
from affectlab.bench.run import run_benchmark
from affectlab.bench.settings import RunSettings
from affectlab.models import Capabilities, Failure, Generation, Identity, Media, Request, Sampling, Scores

HOSTILE = (
    "</script><script>document.title='stolen'</script><img src=x onerror=\"document.title='stolen'\"> "
    "<!-- ]]> & \u2028 **bold** | cell | javascript:alert(1)"
)


class Seer:
    """Answers by a hash of the words and the picture; knows the labels' first words by name only.

    Parameters
    ----------
    name
        Told apart by it.
    right
        Of ten pictures, how many it names rightly, told by the file's place in its data set.
    """

    batch_size, lanes = 8, 1
    can = Capabilities(image=True)

    def __init__(self, name: str, truths: dict[str, str], right: dict[str, int]) -> None:
        self.identity = Identity(f"toy:{name}", "1", {})
        self._truths, self._right = truths, right

    def generate(self, requests: Sequence[Request], sampling: Sampling) -> list[Generation | Failure]:
        return [self._one(request) for request in requests]

    def score(self, requests: Sequence[Request], labels: Sequence[str]) -> list[Scores | Failure]:
        raise NotImplementedError

    def close(self) -> None:
        """Nothing is open."""

    def _one(self, request: Request) -> Generation | Failure:
        words = request.text
        picture = next(part for part in request.parts if isinstance(part, Media))
        place = int(hashlib.sha256((picture.sha256 + words).encode()).hexdigest()[:8], 16)
        truth = self._truths.get(picture.sha256)
        if "Rate the" in words:
            return Generation(str(1 + place % 7), tokens=1)
        if "Explain why" in words or "50 to 100 words" in words:
            return Generation(f"{HOSTILE} number {place % 100}", tokens=40)
        arm = "cot" if "three steps" in words else "basic"
        if place % 23 == 0:
            return Failure("media", "the picture <b>cannot</b> be read")
        if place % 11 == 0 or truth is None:
            return Generation(HOSTILE, tokens=30)
        label = truth if place % 10 < self._right[arm] else "sadness"
        return Generation(f"I see much.\n{label}" if arm == "cot" else label, tokens=3)


def aica_data(folder: Path, n: int = 48, rated: int = 8) -> Path:
    return write_pictures(folder, n, rated)


def aica_run(
    data: Path, out: Path, name: str = "seer", *, right: dict[str, int] | None = None, arms: str = "basic,cot"
) -> Path:
    truths = {}
    for line in (data / "samples.jsonl").read_text(encoding="utf-8").splitlines():
        sample = json.loads(line)
        if sample["target"]:
            truths[sample["media"][0]["sha256"]] = max(sample["target"], key=sample["target"].get)
    settings = RunSettings.model_validate(
        {
            "benchmark": "aica",
            "data": data,
            "model": f"toy:{name}",
            "out": out,
            "tasks": "eu,intensity,er,egcg",
            "arms": arms,
        }
    )
    run_benchmark(settings, model=Seer(name, truths, right or {"basic": 4, "cot": 8}))
    return out


def judge(run: Path, *, best: float = 4.0, into: Path | None = None) -> None:
    """Write ratings of the run's texts beside it, or into another folder, as ``bench judge`` does."""
    name = read_exam_run(run).name
    lines = []
    for row in read_exam_run(run).rows:
        criteria = {"er": ("alignment", "descriptiveness", "causal soundness")}.get(
            row["task"], ("alignment", "descriptiveness")
        )
        for place, criterion in enumerate(criteria if row["task"] in {"er", "egcg"} else ()):
            lines.append(
                {
                    "kind": "rating",
                    "judge": "toy:judge",
                    "item": row["item"],
                    "id": f"{name} {row['arm']}__{row['item']}__{criterion}",
                    "source": row["source"],
                    "criterion": criterion,
                    "candidate": f"{name} {row['arm']}",
                    "status": "answered",
                    "score": best - 0.5 * place,
                    "gap": 0.0,
                    "length": len(row["text"] or ""),
                }
            )
    text = "".join(json.dumps(line) + "\n" for line in lines)
    with ((into or run) / "judgements.jsonl").open("a", encoding="utf-8") as file:
        file.write(text)
