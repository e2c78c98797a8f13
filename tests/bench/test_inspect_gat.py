"""Inspect's solver ``affectlab/gat``: the tree is asked in place of the task's question."""

from __future__ import annotations

import base64
import gc
import json
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from inspect_ai import Task
from inspect_ai import eval as inspect_eval
from inspect_ai.dataset import Sample
from inspect_ai.log import EvalSample
from inspect_ai.model import (
    ChatMessageSystem,
    ChatMessageUser,
    ContentImage,
    ContentText,
    GenerateConfig,
    ModelAPI,
    ModelOutput,
    modelapi,
)
from PIL import Image

from affectlab.inspect_plugin import gat, label
from affectlab.prompting.gat import GatRules, example_tree

# Inspect calls a library of its own in a way that the library now calls old, and leaves streams open.
pytestmark = [
    pytest.mark.filterwarnings("ignore:The 'initial' parameter is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Unclosed <Memory:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

LABELS = ["fear", "awe", "joy"]


class Viewer(ModelAPI):
    """Somebody else's model that gives one answer and keeps what it was asked."""

    asked: ClassVar[list[tuple[Any, GenerateConfig]]] = []
    answer = ""

    async def generate(self, input: Any, tools: Any, tool_choice: Any, config: GenerateConfig) -> ModelOutput:  # noqa: A002
        self.asked.append((input, config))
        return ModelOutput.from_content("viewer", self.answer)


@modelapi(name="viewer")
def viewer() -> type[ModelAPI]:
    return Viewer


def run(folder: Path, answer: str, **options: Any) -> tuple[str, EvalSample]:
    """Ask about one picture whose label is fear; return status and the sample."""
    content = np.zeros((240, 320, 3), np.uint8)
    content[:, 200:] = 255
    Image.fromarray(content).save(folder / "picture.png")
    pictures = options.pop("pictures", 1)
    shown = [ContentImage(image=str(folder / "picture.png"))] * pictures
    turns = [
        ChatMessageSystem(content="Be brief."),
        ChatMessageUser(content=[ContentText(text="What is this?"), *shown]),
    ]
    Viewer.asked, Viewer.answer = [], answer
    (log,) = inspect_eval(
        Task(
            dataset=[Sample(id="one", input=turns, target="fear", metadata={"subset": "a", "source": "b"})],
            solver=gat(labels=LABELS, out=str(folder / "marked"), **options),
            scorer=label(words={one: one for one in LABELS}),
        ),
        model="viewer/m",
        log_dir=str(folder / "logs"),
        display="none",
        fail_on_error=False,
    )
    gc.collect()
    return log.status, log.samples[0]


def test_the_survivor_is_what_is_judged(tmp_path: Path) -> None:
    _, sample = run(tmp_path, f"Well: {example_tree(LABELS, 2, 'en')}")
    assert (sample.scores["label"].value, sample.scores["label"].answer) == ("C", "fear")
    assert sample.metadata["gat"]["problems"] == []
    assert [one["regions"] for one in sample.metadata["gat"]["branches"]] == [[1, 2]] * 3
    assert json.loads(sample.messages[-1].text.removeprefix("Well: "))["survivor"]["emotion"] == "fear"
    (messages, config), (file,) = Viewer.asked[0], (tmp_path / "marked").glob("*.png")
    assert config.max_tokens == GatRules().tree_tokens
    assert messages[0].text == "Be brief."
    assert "What is this?" not in messages[1].text
    assert "three different pairs" in messages[1].text
    shown = messages[1].content[0].image.removeprefix("data:image/png;base64,")
    assert base64.b64decode(shown) == file.read_bytes()


def test_an_answer_without_tree_is_wrong_whatever_it_names(tmp_path: Path) -> None:
    _, sample = run(tmp_path, "fear")
    assert sample.scores["label"].value == "I"
    assert sample.metadata["gat"]["problems"] == ["no tree"]


def test_the_plain_question_is_read_plainly(tmp_path: Path) -> None:
    _, sample = run(tmp_path, "fear", arm="scaffold")
    assert sample.scores["label"].value == "C"
    assert Viewer.asked[0][1].max_tokens == GatRules().plain_tokens


def test_two_pictures_are_refused(tmp_path: Path) -> None:
    _, sample = run(tmp_path, "fear", pictures=2)
    assert "has 2 pictures; affectlab/gat takes one" in sample.error.message
