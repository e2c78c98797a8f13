"""``affectlab decode evaluate``: one JSON object, a report on disk, mistakes in one line, real EEG."""

import json
import os
import re
from pathlib import Path

import numpy as np
import pytest

from affectlab.cli import main
from affectlab.decoding.datasets.store import write_epochs
from affectlab.decoding.epochs import EpochInfo, Epochs, EpochTable

pytest.importorskip("polars")

DATA = Path(os.environ.get("AFFECTLAB_DATA", Path(__file__).parents[3] / "shared" / "data"))
QUICK = ("--permutations", "99", "--chance", "0", "--resamples", "100", "--workers", "1")


def people(folder: Path, *, count: int = 3) -> Path:
    """Write epochs of noise: rest and a task of each person, ten windows each."""
    rows = [
        (f"p{who}", state, 2.0 * n) for who in range(count) for state in ("rest", "task") for n in range(10)
    ]
    who, state, start = (np.array(column, dtype=object) for column in zip(*rows, strict=True))
    nothing = np.array([""] * len(rows), dtype=object)
    start = start.astype(float)
    table = EpochTable(
        subject=who,
        session=nothing,
        recording=who + "-" + state,
        stimulus=nothing,
        state=state,
        start=start,
        stop=start + 4,
        valence=np.full(len(rows), np.nan),
        arousal=np.where(state == "task", 0.4, -0.4),
        baseline=state == "rest",
    )
    info = EpochInfo(
        "noise", 125.0, ("Fp1", "Fp2", "Cz"), 4.0, 2.0, "made up", "none", ships=False, sha256="0"
    )
    data = np.random.default_rng(0).normal(0, 10, (len(rows), 3, 500)).astype(np.float32)
    write_epochs(folder, info, [Epochs(info, table, data, np.ones((len(rows), 3), np.float32))])
    return folder


def run(capfd, *arguments: str) -> str:
    with pytest.raises(SystemExit) as left:
        main(["decode", "evaluate", *arguments])
    assert left.value.code == 0
    return capfd.readouterr().out


def test_one_object_with_rows_and_a_report(clean_environment, tmp_path, capfd) -> None:
    place = ("--path", str(people(tmp_path / "epochs")), "--out", str(tmp_path / "out"))
    out = run(
        capfd, *place, "--methods", "majority,bandpower-ridge", "--baseline-seconds", "8", *QUICK, "--json"
    )
    found = json.loads(out)
    assert found["command"] == "decode evaluate"
    assert found["manifest"]["data"] == {"noise": "0"}
    rows = [row for row in found["rows"] if "subject" not in row]
    assert {row["method"] for row in rows} == {"majority", "bandpower-ridge"}
    assert all({"method", "target", "metric", "value", "low", "high", "n"} <= row.keys() for row in rows)
    assert found["facts"]["windows"] == 48
    assert all(Path(file).is_file() for file in found["files"])
    assert json.loads((tmp_path / "out" / "evaluation.json").read_text())["rows"] == found["rows"]


def test_the_table_on_the_terminal_tells_what_was_judged(
    clean_environment, tmp_path, capfd, monkeypatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    place = ("--path", str(people(tmp_path / "epochs")), "--out", str(tmp_path / "out"))
    shown = " ".join(
        run(
            capfd, *place, "--methods", "majority", "--protocol", "leaked", "--baseline-seconds", "4", *QUICK
        ).split()
    )
    assert "3 people, 6 recordings" in shown
    assert re.search(r"majority 0\.\d{3} \(0\.\d\d to 0\.\d\d\)", shown)
    assert "LEAKED ON PURPOSE" in shown
    assert "subject 'p0' is learned from and judged" in shown


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("--path", "nowhere"), "nowhere is no folder of epochs (no epochs.json); say which data set it is"),
        (
            ("--path", "epochs", "--methods", "magic"),
            "method 'magic' is not known; expected one of: majority",
        ),
        (("--path", "epochs", "--protocol", "random"), "setting 'protocol' is 'random'"),
        (("--path", "epochs", "--curve", "learning"), "setting 'curves.0' is 'learning'"),
        (("--path", "epochs", "--control", "placebo"), "setting 'controls.0' is 'placebo'"),
        (("--path", "epochs", "--baseline-seconds", "-1"), "setting 'baseline_seconds' is -1.0"),
        (("--path", "epochs", "--targets", "joy"), "setting 'targets.0' is 'joy'"),
        (("--path", "epochs", "--channels", "Oz", "--methods", "majority"), "channel 'Oz' is not recorded"),
        (
            ("--path", "epochs", "--protocol", "subject-stimulus", "--baseline-seconds", "4"),
            "needs two stimuli or more, got 0; use loso",
        ),
        (("--path", "epochs", "--targets", "valence"), "no labels above and below 0 of valence"),
        (("--path", "epochs", "--baseline-seconds", "900"), "no labels above and below 0"),
    ],
)
def test_what_is_wrong_is_named_in_one_line(mistake, arguments, line) -> None:
    people(Path("epochs"))
    assert line in mistake("decode", "evaluate", *arguments)


@pytest.mark.data
@pytest.mark.skipif(
    not (DATA / "eegmat/as_published").is_dir(), reason=f"no EEGMAT in {DATA}; set AFFECTLAB_DATA"
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning:mne")
def test_people_of_eegmat_are_prepared_once_and_judged(clean_environment, tmp_path, capfd) -> None:
    place = ("--dataset", "eegmat", "--path", str(DATA / "eegmat/as_published"), "--out", str(tmp_path))
    rows = json.loads(run(capfd, *place, "--methods", "majority,bandpower-ridge", *QUICK, "--json"))
    facts = rows["facts"]
    assert (facts["people"], facts["recordings"], len(facts["channels"])) == (3, 6, 19)
    assert facts["targets"]["arousal"]["states_are_recordings"]
    assert facts["targets"]["arousal"]["folds"] == 3
    first = {path: path.stat().st_mtime_ns for path in tmp_path.glob("epochs/*/data.npy")}
    run(capfd, *place, "--methods", "majority,bandpower-ridge", *QUICK)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.glob("epochs/*/data.npy")} == first
