"""No arm is favoured: a tree names a label by exactly the words that name it in the plain answer."""

from __future__ import annotations

import json

import pytest
from aica_pictures import dataset, sample
from hypothesis import given, settings
from hypothesis import strategies as st

from affectlab.bench.aica.exam import AicaExam
from affectlab.bench.aica.spaces import label_space
from affectlab.bench.exam.item import ExamChoice, Item

CORPUS = {"ekman6": "emotion6", "mikels8": "fi", "plutchik24": "findingemo", "emotic26": "emotic"}
ARMS = ("basic", "scaffold", "gat", "tree", "basic-zh", "gat-zh")


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory):
    """The exam, and by label space and arm a question that is ready."""
    folder = tmp_path_factory.mktemp("fair")
    samples = [
        sample(folder, corpus, 0, target={label_space(name).labels[0]: 1.0})
        for name, corpus in CORPUS.items()
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        data = dataset(folder, samples)
        exam = AicaExam(data.info, ExamChoice(("eu",), ARMS))
        items = [item.ready() for item in exam.items(data.samples, scoring=False)]
        yield exam, {(item.sample.subset, item.arm): item for item in items}


def read(exam: AicaExam, item: Item, said: str) -> str | None:
    if item.arm.partition("-")[0] not in {"gat", "tree"}:
        return exam.read(item, said).label
    return exam.read(item, json.dumps({"survivor": {"emotion": said, "intensity": "low"}})).label


@pytest.mark.parametrize("name", CORPUS)
def test_every_wording_is_read_alike_in_every_arm(name: str, asked) -> None:
    exam, items = asked
    for label, wordings in label_space(name).wordings().items():
        for said in wordings:
            assert {arm: read(exam, items[CORPUS[name], arm], said) for arm in ARMS} == dict.fromkeys(
                ARMS, label
            )


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["sad", "Angst", "not", "awe", "joy", "愉悦", "no", "and", "very", "吗", "?", "amused", "."]
        ),
        max_size=4,
    ).map(" ".join)
)
def test_whatever_is_said_is_read_alike_in_every_arm(asked, said: str) -> None:
    exam, items = asked
    assert len({read(exam, items["fi", arm], said) for arm in ARMS}) == 1
