"""The commands as a shell calls them."""

import json

import pytest
import pyxdf
import soundfile
from cli_driver import affectlab, one_line, only_json

from affectlab import __version__
from affectlab.session.recording import Recording

SIMULATED = ("--speed", "inf", "--minutes", "0.3", "--synth", "builtin")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    out = tmp_path_factory.mktemp("cli") / "session"
    return out, affectlab("session", "run", "--out", out, *SIMULATED, "--json")


@pytest.fixture(scope="module")
def folder(run):
    return run[0]


def test_version() -> None:
    done = affectlab("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"affectlab {__version__}\n", "")


def test_help_names_every_command() -> None:
    done = affectlab("--help")
    assert done.returncode == 0
    assert all(command in done.stdout for command in ("doctor", "session", "studio"))
    assert "not a medical device" in done.stdout


def test_doctor_prints_its_findings_as_json() -> None:
    result = only_json(affectlab("doctor", "--json").stdout)
    assert result["command"] == "doctor"
    assert {"Python", "LSL", "sound", "sessions"} <= {row["what"] for row in result["rows"]}
    for row in result["rows"]:
        assert row.keys() == {"what", "found", "state", "remedy"}
        assert row["state"] in {"ok", "lack", "fault"}


def test_doctor_prints_a_table_for_people() -> None:
    done = affectlab("doctor")
    assert done.returncode == 0
    assert "Python" in done.stdout


def test_run_prints_one_json_object_and_nothing_else(run) -> None:
    out, done = run
    assert (done.returncode, done.stderr) == (0, "")
    result = only_json(done.stdout)
    assert result["command"] == "session run"
    assert result["samples_in"] == result["samples_recorded"] == 0.3 * 60 * 250
    assert result["windows"] == 29
    for stage in ("sample_to_control", "control_to_pcm"):
        assert {"p50", "p99"} <= result["latency_ms"][stage].keys()
    assert result["underruns"] == 0
    assert result["audio"]["seconds"] == 18.2
    assert {"peak_dbfs", "rms_dbfs"} <= result["audio"].keys()
    assert result["cpu_share"] > 0
    assert result["manifest"]["config"]["speed"] == "inf"
    assert result["manifest"] == json.loads((out / "manifest.json").read_text())


def test_run_without_json_is_for_people(tmp_path) -> None:
    done = affectlab("session", "run", "--out", tmp_path / "s", "--speed", "inf", "--minutes", "0.05")
    assert done.returncode == 0
    assert "750 recorded of 750 received" in done.stdout


def test_what_run_recorded_can_be_read_by_others(folder) -> None:
    (eeg,), _ = pyxdf.load_xdf(folder / "eeg.xdf", [{"type": "EEG"}])
    assert len(eeg["time_stamps"]) == 4500
    assert soundfile.info(folder / "audio.flac").duration == pytest.approx(18.2)
    assert Recording.load(folder).summary["samples_in"] == 4500


def test_report_writes_one_page(folder, tmp_path) -> None:
    page = tmp_path / "deep" / "report.html"
    done = affectlab("session", "report", folder, "--out", page, "--json")
    assert only_json(done.stdout) == {"command": "session report", "report": str(page)}
    assert page.read_text().startswith("<!DOCTYPE html>")
    assert (done.returncode, done.stderr) == (0, "")


def test_export_writes_bids(folder, tmp_path) -> None:
    done = affectlab("session", "export", folder, "--bids", tmp_path / "bids", "--subject", "01", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    result = only_json(done.stdout)
    assert result["command"] == "session export"
    assert str(tmp_path / "bids" / "sub-01") in result["path"]
    assert list((tmp_path / "bids" / "sub-01" / "eeg").glob("*_eeg.vhdr"))


def test_a_recorded_session_steers_a_sham(tmp_path) -> None:
    donor, out = tmp_path / "donor", tmp_path / "sham"
    affectlab("session", "run", "--out", donor, *SIMULATED, "--rest", "11", "--seed", "5")
    done = affectlab(
        "session", "run", "--out", out, *SIMULATED, "--arm", "sham", "--sham-from", donor, "--json"
    )
    assert only_json(done.stdout)["arm"] == "sham"


def test_delete_asks_first_and_then_leaves_nothing(tmp_path) -> None:
    out = tmp_path / "s"
    affectlab("session", "run", "--out", out, "--speed", "inf", "--minutes", "0.02")
    kept = affectlab("session", "delete", out)
    assert kept.returncode == 2
    assert kept.stdout == ""
    assert kept.stderr == (
        f"Delete {out} and everything recorded in it? [y/N]: "
        "affectlab: there was no yes to the question; nothing was done\n"
    )
    assert (out / "manifest.json").exists()
    done = affectlab("session", "delete", out, "--yes", "--json")
    assert only_json(done.stdout) == {"command": "session delete", "folder": str(out)}
    assert not out.exists()


def test_settings_come_from_file_environment_and_flags(tmp_path) -> None:
    file = tmp_path / "session.toml"
    file.write_text('minutes = 0.05\ngoal = "focus"\nseed = 1\n')
    done = affectlab(
        *("session", "run", "--out", tmp_path / "s", "--config", file, "--seed", "3", "--json"),
        AFFECTLAB_SPEED="inf",
        AFFECTLAB_SEED="2",
        AFFECTLAB_SIGNALS__CHANNELS="Fp1,Fp2,T3",
    )
    config = only_json(done.stdout)["manifest"]["config"]
    assert (config["minutes"], config["goal"], config["seed"]) == (0.05, "focus", 3)
    assert config["signals"]["channels"] == ["Fp1", "Fp2", "T3"]
    assert Recording.load(tmp_path / "s").eeg().channels == ("Fp1", "Fp2", "T7")


def test_experiment_prints_rows_and_takes_finished_sessions_over(tmp_path) -> None:
    arguments = ("session", "experiment", "--out", tmp_path / "x", "--seeds", "2", "--arms", "closed, open")
    first = affectlab(*arguments, "--minutes", "0.1", "--json")
    result = only_json(first.stdout)
    assert (first.returncode, first.stderr) == (0, "")
    assert len(result["rows"]) == 9
    for row in result["rows"]:
        assert {"arm", "decoder", "metric", "value", "low", "high", "n"} <= row.keys()
    stamps = {file: file.stat().st_mtime_ns for file in (tmp_path / "x").iterdir()}
    assert len(stamps) == 4
    again = affectlab(*arguments, "--minutes", "0.1", "--json")
    assert only_json(again.stdout)["rows"] == result["rows"]
    assert {file: file.stat().st_mtime_ns for file in (tmp_path / "x").iterdir()} == stamps


def test_a_mistake_is_one_line_and_debug_shows_where(tmp_path) -> None:
    plain = affectlab("session", "report", tmp_path / "nowhere", "--json")
    assert (plain.returncode, plain.stdout) == (2, "")
    assert one_line(plain.stderr).startswith("affectlab: ")
    for arguments in (("--debug", "session", "report", tmp_path), ("session", "report", tmp_path, "--debug")):
        debug = affectlab(*arguments)
        assert (debug.returncode, debug.stdout) == (2, "")
        assert debug.stderr.startswith("Traceback")
        assert debug.stderr.splitlines()[-1].startswith("affectlab: ")


def test_a_reader_that_goes_away_is_no_error_of_ours(folder) -> None:
    import subprocess

    from cli_driver import COMMAND, environment

    script = f"'{COMMAND[0]}' -c '{COMMAND[2]}' session run --help | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, env=environment(), check=True
    )
    assert "Traceback" not in done.stderr
