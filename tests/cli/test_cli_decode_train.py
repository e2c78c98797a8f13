"""``affectlab decode train``: mistakes are told in one line before anything is read or trained."""

from pathlib import Path

import pytest

pytest.importorskip("polars")
pytest.importorskip("torch")


@pytest.mark.parametrize(
    ("settings", "arguments", "line"),
    [
        ("", ("--out", "decoder.pt"), "--out is decoder.pt; expected a name that ends in .onnx"),
        ("[training]\nfold = 3\n", (), "setting 'fold' is not known; expected some of batch, "),
        ("[network]\nwdith = 8\n", (), "setting 'wdith' is not known; expected some of "),
        ("[training]\nfolds = 1\n", (), "folds is 1; expected 2 or more"),
        ("folds = 3\n", (), "unknown setting 'folds'"),
        ("", ("--axes", "joy"), "setting 'axes.0' is 'joy'"),
        ("", ("--seed", "-1"), "setting 'seed' is -1"),
        ("", (), "nowhere is no folder of epochs (no epochs.json in it)"),
    ],
)
def test_what_is_wrong_is_named_in_one_line(mistake, settings, arguments, line) -> None:
    Path("train.toml").write_text(settings)
    place = ("--path", "nowhere", "--out", "decoder.onnx", "--config", "train.toml")
    assert line in mistake("decode", "train", *place, *arguments)
    assert [path.name for path in Path().iterdir()] == ["train.toml"]
