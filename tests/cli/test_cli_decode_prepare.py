"""``affectlab decode prepare``: what it prints, how it is stopped, and mistakes in one line."""

import json
import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from affectlab.cli import main
from affectlab.decoding.datasets.store import read_epochs

LABELS = ("EEG Fp1", "EEG Cz", "EEG O2", "ECG ECG")


def edf(seconds: int, seed: int) -> bytes:
    """Return noise as an EDF file of 125 Hz."""
    count = len(LABELS)
    head = f"{'0':<8}{'X':<80}{'X':<80}{'01.01.20'}{'00.00.00'}{256 * (count + 1):<8}{'':<44}"
    head += f"{seconds:<8}{1:<8}{count:<4}" + "".join(f"{label:<16}" for label in LABELS)
    for text, width in (("", 80), ("uV", 8), (-3276.8, 8), (3276.7, 8), (-32768, 8), (32767, 8), ("", 80)):
        head += f"{text!s:<{width}}" * count
    head += f"{125:<8}" * count + " " * 32 * count
    samples = np.random.default_rng(seed).normal(0, 100, (seconds, count, 125)).astype("<i2")
    return head.encode("ascii") + samples.tobytes()


@pytest.fixture
def eegmat(tmp_path):
    root = tmp_path / "eegmat"
    root.mkdir()
    for subject in range(2):
        for part, seconds in ((1, 20), (2, 10)):
            (root / f"Subject{subject:02}_{part}.edf").write_bytes(edf(seconds, 10 * subject + part))
    return root


def run(*arguments: object) -> None:
    with pytest.raises(SystemExit) as left:
        main(["decode", "prepare", *map(str, arguments)])
    assert left.value.code == 0


def test_json_is_one_object_with_manifest_and_rows(clean_environment, eegmat, tmp_path, capfd) -> None:
    out = tmp_path / "epochs"
    run("--dataset", "eegmat", "--path", eegmat, "--out", out, "--step", 4, "--channels", "O2,Fp1", "--json")
    printed = json.loads(capfd.readouterr().out)
    assert list(printed) == ["command", "out", "manifest", "rows"]
    assert printed["manifest"]["config"]["step"] == 4.0
    assert printed["manifest"]["data"] == {"eegmat": read_epochs(out).info.sha256}
    values = {(row.get("state"), row.get("target"), row["metric"]): row["value"] for row in printed["rows"]}
    assert values[None, None, "subjects"] == 2
    assert values["rest", None, "windows"] == 10
    assert values[None, "arousal", "high"] == pytest.approx(4 / 14)
    assert read_epochs(out).info.channels == ("O2", "Fp1")
    assert json.loads((out / "manifest.json").read_text())["command"] == "decode prepare"


def test_a_person_reads_a_table(clean_environment, eegmat, tmp_path, capfd) -> None:
    run("--dataset", "eegmat", "--path", eegmat, "--out", tmp_path / "epochs")
    printed = capfd.readouterr().out
    assert "2 of the 36 published, 4 recordings" in printed
    assert "26 of 4 s every 2 s" in printed
    assert "rest 18, task 8" in printed
    assert "ODC-By 1.0; weights may be shipped" in printed


def test_settings_come_from_a_file_and_flags_win(clean_environment, eegmat, tmp_path, capfd) -> None:
    config = tmp_path / "prepare.toml"
    config.write_text("step = 1.0\nlength = 2.0\n[labels.task]\narousal = 0.6\n")
    out = tmp_path / "epochs"
    run("--dataset", "eegmat", "--path", eegmat, "--out", out, "--config", config, "--step", 2)
    epochs = read_epochs(out)
    assert (epochs.info.length, epochs.info.step) == (2.0, 2.0)
    assert set(epochs.table.arousal) == {-0.4, 0.6}


def test_an_interrupted_run_leaves_with_the_signals_code_and_goes_on(
    clean_environment, eegmat, tmp_path, capfd, monkeypatch
) -> None:
    from affectlab.decoding.datasets import prepare as module

    whole = module.prepare_piece

    def interrupted(job, stop):
        whole(job, stop)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(module, "prepare_piece", interrupted)
    arguments = [
        "decode",
        "prepare",
        "--dataset",
        "eegmat",
        "--path",
        str(eegmat),
        "--out",
        str(tmp_path / "out"),
    ]
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 128 + signal.SIGINT
    assert "stopped; the same command goes on from there" in capfd.readouterr().err
    assert not (tmp_path / "out").exists()
    monkeypatch.setattr(module, "prepare_piece", whole)
    run(*arguments[2:])
    assert len(read_epochs(tmp_path / "out")) == 26


def test_mistakes_are_one_line(mistake, eegmat, tmp_path) -> None:
    there = ("--path", str(eegmat), "--out", "out")
    assert "data set 'sead' is not known" in mistake("decode", "prepare", "--dataset", "sead", *there)
    line = mistake("decode", "prepare", "--dataset", "deap", *there)
    assert "holds nothing of deap; expected data_preprocessed_python/s01.dat to s32.dat" in line
    line = mistake("decode", "prepare", "--dataset", "eegmat", *there, "--channels", "Fp9")
    assert "channel 'Fp9' is not there" in line
    line = mistake("decode", "prepare", "--dataset", "eegmat", *there, "--sfreq", "64")
    assert "setting 'sfreq' is 64.0: input should be greater than or equal to 100" in line
    (eegmat / "Subject00_2.edf").write_bytes(b"PK\x03\x04" + bytes(500))
    assert "Subject00_2.edf is no EDF file" in mistake("decode", "prepare", "--dataset", "eegmat", *there)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["eegmat"]


class Bomb:
    def __reduce__(self):
        return os.system, ("touch exploded",)


def test_a_pickle_bomb_is_named_and_does_nothing(mistake, tmp_path) -> None:
    folder = tmp_path / "deap" / "data_preprocessed_python"
    folder.mkdir(parents=True)
    (folder / "s01.dat").write_bytes(pickle.dumps({"data": Bomb(), "labels": 0}))
    line = mistake("decode", "prepare", "--dataset", "deap", "--path", "deap", "--out", "out")
    assert "s01.dat asks for posix.system; expected NumPy arrays" in line
    assert not (tmp_path / "exploded").exists()
    assert not (tmp_path / "out").exists()


def test_help_needs_no_heavy_package() -> None:
    code = (
        "import sys; sys.argv = ['affectlab', 'decode', 'prepare', '--help']\n"
        "from affectlab.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'torch', 'mne', 'polars', 'ray', 'scipy.io', 'sklearn'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=Path(__file__).parent
    )
    assert done.returncode == 0, done.stderr
    assert "--dataset" in done.stdout
