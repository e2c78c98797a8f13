"""Bad input to ``affectlab bench``: one line, exit code 2, nothing left behind."""

from pathlib import Path

import pytest

from affectlab.bench.dataset import DatasetInfo, write_dataset
from affectlab.bench.sample import Sample
from affectlab.models import Media


@pytest.fixture
def run(mistake):
    """Try a run on two samples, one of them with a face; return its one line."""
    face = Media("video", Path("/nowhere/face.mp4"), "00")
    labels = {"N": "negative", "P": "positive"}
    about = {"subset": "aligned", "split": "test", "target": {"P": 1.0}}
    samples = [
        Sample("a", groups={"source": "a"}, text="fine", media=(face,), **about),
        Sample("b", groups={"source": "b"}, text="good", **about),
    ]

    def make(*arguments: str, model: str = "baseline:majority") -> str:
        write_dataset(Path("data"), DatasetInfo("emomm", labels), samples)
        return mistake(
            "bench", "run", "emomm", "--data", "data", "--out", "out", "--model", model, *arguments
        )

    return make


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ("build", "emomm", "--out", "d"),
            "no source given; expected --sims DIR, --mosi DIR, --crema-d DIR or",
        ),
        (("build", "emomm", "--sims", "nowhere", "--out", "d"), "nowhere"),
        (("build", "emomm", "--crema-d", "nowhere", "--out", "d"), "tabulatedVotes.csv is missing"),
        (
            ("run", "emomm", "--data", "nowhere", "--model", "organism", "--out", "o"),
            "nowhere holds no data set",
        ),
        (("report", "nowhere"), "nowhere"),
        (("compare", "nowhere", "elsewhere"), "nowhere"),
    ],
)
def test_what_is_not_there_is_named(mistake, tmp_path, arguments, line) -> None:
    assert line in mistake("bench", *arguments)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("model", "line"),
    [
        ("gpt-4o", "--model 'gpt-4o' names no model; expected organism, baseline:NAME, hf:NAME"),
        ("hf:", "--model 'hf:' names no model"),
        ("baseline:best", "best"),
        ("gguf:nothing.gguf", "nothing.gguf"),
    ],
)
def test_an_unknown_model_is_named(run, model, line) -> None:
    if model.startswith("gguf"):
        pytest.importorskip("xllamacpp", reason="xllamacpp is not installed")
    assert line in run(model=model)
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("--subset", "conflict"), "no subset 'conflict' in data; it has aligned"),
        (("--split", "train"), "no sample of data is left"),
        (("--split", "dev"), r"setting 'split' is 'dev': input should be 'train' or 'test'"),
        (("--limit", "0"), "setting 'limit' is 0: input should be greater than or equal to 1"),
        (("--modalities", "TX"), "setting 'modalities.1' is 'X': input should be 'T', 'A' or 'V'"),
        (("--dtype", "float8"), "setting 'options.dtype' is 'float8'"),
    ],
)
def test_a_wrong_choice_is_named(run, arguments, line) -> None:
    assert line in run(*arguments)
    assert not Path("out").exists()


def test_another_benchmark_is_named(mistake) -> None:
    write_dataset(Path("data"), DatasetInfo("aica", {"A": "awe"}), [])
    line = mistake("bench", "run", "emomm", "--data", "data", "--model", "organism", "--out", "out")
    assert line == "the data set is of benchmark 'aica'; expected 'emomm'"
