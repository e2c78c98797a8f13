"""Bad input: one line that names the value, what was expected and what to do; nothing half-written."""

import re

import numpy as np
import pytest

from affectlab.cli import main

NAMES = "energise, focus, hold, relax, sleep, uplift"


@pytest.fixture
def run(mistake, tmp_path):
    """Try a session; return its one line, after making sure that no folder was left."""

    def attempt(*arguments: str) -> str:
        line = mistake("session", "run", "--out", "out", "--speed", "inf", *arguments, "--json")
        assert not (tmp_path / "out").exists()
        return line

    return attempt


def edf(seconds: int = 10, sfreq: int = 250) -> bytes:
    """A whole EDF file with one channel of silence (Kemp et al. 1992)."""
    signal = [("Fp1", 16), ("", 80), ("uV", 8), ("-100", 8), ("100", 8), ("-2048", 8), ("2047", 8), ("", 80)]
    signal += [(str(sfreq), 8), ("", 32)]
    head = [
        ("0", 8),
        ("X X X X", 80),
        ("Startdate X X X X", 80),
        ("01.01.24", 8),
        ("00.00.00", 8),
        ("512", 8),
    ]
    head += [("", 44), (str(seconds), 8), ("1", 8), ("1", 4)]
    text = "".join(value.ljust(width) for value, width in head + signal)
    return text.encode("ascii") + bytes(2 * sfreq * seconds)


# Flags


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ["--source", "eeg"],
            "--source 'eeg' names no source; expected sim, replay:FILE, lsl:NAME or brainflow:BOARD",
        ),
        (
            ["--source", "lsl:"],
            "--source 'lsl:' names no source; expected sim, replay:FILE, lsl:NAME or brainflow:BOARD",
        ),
        (["--source", "sim?rate=5"], "source option 'rate' is not known; expected channels or sfreq"),
        (["--source", "sim?sfreq=fast"], "source option sfreq='fast' is no number"),
        (["--source", "sim?sfreq=50"], "sampling rate is 50 Hz; expected at least 100 Hz"),
        (
            ["--arm", "half-open"],
            "setting 'arm' is 'half-open': input should be 'closed', 'open', 'sham' or 'random'",
        ),
        (["--decoder", "tarot"], "decoder 'tarot' is not known; expected one of: bandpower, chance, graph"),
        (
            ["--synth", "kazoo"],
            "setting 'synth' is 'kazoo': input should be 'auto', 'soundfont' or 'builtin'",
        ),
        (
            ["--goal", "bliss"],
            f"goal 'bliss' is not known; expected one of {NAMES}, "
            'or valence and arousal such as "0.4,-0.5"',
        ),
        (["--goal", "2,0"], "goal '2,0' is off the plane; valence and arousal must be in [-1, 1]"),
        (["--minutes", "0"], "setting 'minutes' is 0.0: input should be greater than 0"),
        (["--minutes", "-3"], "setting 'minutes' is -3.0: input should be greater than 0"),
        (["--minutes", "nan"], "setting 'minutes' is nan: input should be a finite number"),
        (["--minutes", "1000"], "setting 'minutes' is 1000.0: input should be less than or equal to 240"),
        (["--seed", "-1"], "setting 'seed' is -1: input should be greater than or equal to 0"),
        (["--speed", "0"], "setting 'speed' is 0.0: input should be greater than 0"),
        (["--rest", "-1"], "setting 'rest_seconds' is -1.0: input should be greater than or equal to 0"),
        (["--config", "none.toml"], "configuration file none.toml does not exist"),
        (
            ["--arm", "sham", "--minutes", "0.2"],
            "arm sham has no simulated donor: nothing was decoded in 0.2 min with 2.4 s of rest; rest longer "
            "(--rest), or name a recorded session by --sham-from DIR",
        ),
        (
            ["--arm", "sham", "--sham-from", "nowhere"],
            "nowhere is not a folder; expected a session folder with manifest.json",
        ),
    ],
)
def test_values_that_cannot_be(run, arguments, line) -> None:
    assert run(*arguments) == line


@pytest.mark.parametrize(("setting", "known"), [("planner", "rules"), ("music", "learned, rules, musicgen")])
def test_names_that_are_not_known(run, setting, known) -> None:
    said = run(f"--{setting}", "tarot")
    assert re.match(rf"\w+ 'tarot' is not known; expected one of:? {known}", said)


def test_a_controller_goes_with_musicgen_alone(run) -> None:
    line = "music 'rules' takes no controller; --controller goes with musicgen:MODEL"
    assert run("--music", "rules", "--controller", "c.safetensors") == line


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["session", "run"], "Missing option '--out'; see: affectlab session run --help"),
        (["session", "replay"], "No such command 'replay'; see: affectlab session --help"),
        (
            ["session", "run", "--out", "out", "--loud"],
            "No such option: --loud (Possible options: --out); see: affectlab session run --help",
        ),
        (
            ["session", "run", "--out", "out", "extra"],
            "Got unexpected extra argument(s) (extra); see: affectlab session run --help",
        ),
    ],
)
def test_usage_mistakes_are_one_line_too(mistake, arguments, line) -> None:
    said = mistake(*arguments)
    assert said == line or (said.startswith("No such option: --loud") and said.endswith("run --help"))


@pytest.mark.parametrize(
    ("option", "value"), [("--minutes", "ten"), ("--seed", "1.5"), ("--speed", "fast"), ("--rest", "")]
)
def test_numbers_that_are_none_are_named(mistake, option, value) -> None:
    for arguments in ([option, value], [f"{option}={value}"]):
        line = mistake("session", "run", "--out", "out", *arguments)
        assert line.startswith(f"Invalid value for '{option}'")
        assert line.endswith("; see: affectlab session run --help")
        assert f"(given: {value!r})" in line or not value


# Files and environment


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("minuets = 5\n", "unknown setting 'minuets'; remove it or correct its spelling"),
        ("[update]\nalfa = 0.3\n", "unknown setting 'update.alfa'; remove it or correct its spelling"),
        ("[update]\nalpha = 3\n", "setting 'update.alpha' is 3: input should be less than or equal to 1"),
        (
            "minutes = five\n",
            "configuration file s.toml is not readable TOML: Invalid value (at line 1, column 11)",
        ),
    ],
)
def test_configuration_files(run, tmp_path, content, line) -> None:
    (tmp_path / "s.toml").write_text(content)
    assert run("--config", "s.toml") == line


@pytest.mark.parametrize(
    ("variable", "value", "line"),
    [
        (
            "AFFECTLAB_MINUETS",
            "5",
            "unknown setting 'minuets' of the environment variable AFFECTLAB_MINUETS; "
            "remove it or correct its spelling",
        ),
        (
            "AFFECTLAB_UPDATE__ALFA",
            "1",
            "unknown setting 'update.alfa' of the environment variable AFFECTLAB_UPDATE__ALFA; "
            "remove it or correct its spelling",
        ),
        ("AFFECTLAB_SIGNALS__LINE_HZ", "55", "setting 'signals.line_hz' is '55': input should be 50 or 60"),
    ],
)
def test_environment_variables(run, monkeypatch, variable, value, line) -> None:
    monkeypatch.setenv(variable, value)
    assert run() == line


def test_a_variable_for_a_part_and_one_for_the_whole(run, monkeypatch) -> None:
    monkeypatch.setenv("AFFECTLAB_UPDATE", "3")
    monkeypatch.setenv("AFFECTLAB_UPDATE__ALPHA", "0.5")
    assert "keep one of the two" in run() or "setting 'update' is '3'" in run()


@pytest.mark.parametrize("channels", ["Fp1,Xy9", "Xy9"])
def test_channels_that_are_not_on_the_montage(run, monkeypatch, channels) -> None:
    monkeypatch.setenv("AFFECTLAB_SIGNALS__CHANNELS", channels)
    assert run().startswith("channel 'Xy9' is not there; available: Fp1, Fpz, Fp2, ")


def test_channels_that_are_not_in_the_recording(run, tmp_path) -> None:
    (tmp_path / "one.edf").write_bytes(edf())
    (tmp_path / "s.toml").write_text('[signals]\nchannels = ["Cz"]\n')
    line = run("--config", "s.toml", "--source", "replay:one.edf")
    assert line == "channel 'Cz' is not there; available: Fp1"


# Recordings to replay


def test_a_replay_of_a_whole_file_works(tmp_path, monkeypatch, capfd) -> None:
    """So that the refusals below are not for another reason."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one.edf").write_bytes(edf())
    with pytest.raises(SystemExit) as left:
        main(["session", "run", "--out", "out", "--speed", "inf", "--source", "replay:one.edf", "--json"])
    assert left.value.code == 0
    assert '"samples_in": 2500' in capfd.readouterr().out


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("gone.edf", None, "gone.edf does not exist or is no file; expected an EEG recording"),
        ("zero.edf", b"", "zero.edf is empty (0 bytes); copy the recording again"),
        (
            "cut.edf",
            edf()[:3012],
            "cut.edf is truncated: its header promises 10 s of EEG and 5.0 s are there; copy it again",
        ),
        (
            "image.edf",
            b"\x89PNG\r\n\x1a\n" + bytes(1000),
            "image.edf is no EDF file: its header is not one; check what it really is",
        ),
        (
            "one.xdf",
            edf(),
            "one.xdf is no XDF file: it does not begin with XDF:; check what it really is",
        ),
        (
            "slow.edf",
            edf(sfreq=64),
            "slow.edf has 64 Hz; expected at least 100 Hz: use a recording that was not downsampled so far",
        ),
    ],
)
def test_recordings_that_cannot_be_replayed(run, tmp_path, name, content, line) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert run("--source", f"replay:{name}") == line


def test_a_renamed_recording(run, tmp_path) -> None:
    (tmp_path / "one_raw.fif").write_bytes(edf())
    line = run("--source", "replay:one_raw.fif")
    assert line.startswith("one_raw.fif cannot be read as .fif (")
    assert line.endswith("expected an EEG recording such as EDF, BDF, BrainVision, FIF or XDF")


def test_a_recording_at_too_low_a_rate_in_another_format(run, tmp_path) -> None:
    import mne

    info = mne.create_info(["Fp1", "Cz"], 80.0, "eeg")
    mne.io.RawArray(np.zeros((2, 800)), info, verbose="error").save(
        tmp_path / "slow_raw.fif", verbose="error"
    )
    assert run("--source", "replay:slow_raw.fif").startswith(
        "slow_raw.fif has 80 Hz; expected at least 100 Hz"
    )


# Devices


def test_a_stream_that_is_not_there(run) -> None:
    line = run("--speed", "1", "--source", "lsl:nobody-publishes-this")
    assert line.startswith("no LSL stream 'nobody-publishes-this' appeared within 5 s; ")
    assert line.endswith("; start the device's LSL program")


@pytest.mark.parametrize("source", ["lsl:EEG", "brainflow:synthetic"])
def test_devices_run_in_real_time(run, source) -> None:
    assert run("--source", source) == (
        f"--speed inf is not possible with --source {source!r}: a device runs in real time; use --speed 1"
    )


@pytest.mark.board
def test_a_board_that_is_not_known(run) -> None:
    pytest.importorskip("brainflow")
    line = run("--speed", "1", "--source", "brainflow:cytoon")
    assert line == "board 'cytoon' is not known to BrainFlow; did you mean " + line.partition("mean ")[2]
    assert "cyton" in line


def test_a_sham_of_real_eeg_needs_a_donor(run, tmp_path) -> None:
    (tmp_path / "one.edf").write_bytes(edf())
    assert run("--source", "replay:one.edf", "--arm", "sham") == (
        "arm sham with --source replay:one.edf needs another recorded session: add --sham-from DIR"
    )


# Folders


def test_a_folder_that_holds_something_is_left_alone(mistake, tmp_path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("ten years of work")
    line = mistake("session", "run", "--out", "out", "--json")
    assert line == "out is not an empty folder; choose another --out"
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["thesis.txt"]


def test_a_file_in_the_place_of_the_folder(mistake, tmp_path) -> None:
    (tmp_path / "out").write_text("a file")
    assert mistake("session", "run", "--out", "out") == "out is not an empty folder; choose another --out"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("{", "donor/manifest.json is not readable JSON: Expecting property name enclosed in double quotes"),
        ("[]", "donor/manifest.json holds list, expected a JSON object"),
        (
            None,
            "cannot read donor/manifest.json: No such file or directory; expected a session's manifest.json",
        ),
    ],
)
def test_a_corrupted_donor(run, tmp_path, content, line) -> None:
    (tmp_path / "donor").mkdir()
    if content is not None:
        (tmp_path / "donor" / "manifest.json").write_text(content)
    assert run("--arm", "sham", "--sham-from", "donor").startswith(line)


def test_a_donor_with_a_damaged_state(run, tmp_path) -> None:
    (tmp_path / "donor").mkdir()
    (tmp_path / "donor" / "manifest.json").write_text("{}")
    (tmp_path / "donor" / "states.jsonl").write_text('{"time": 4.0, "decoded_mean": [9, 9]}\n')
    line = run("--arm", "sham", "--sham-from", "donor")
    assert line == "the state recorded at 4.0 s has no 'decoded_covariance'"
    (tmp_path / "donor" / "states.jsonl").write_text("\x00\x00\n")
    line = run("--arm", "sham", "--sham-from", "donor")
    assert line == "donor/states.jsonl line 1 is damaged; expected a JSON object with a time"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["report", "gone"], "gone is not a folder; expected a session folder with manifest.json"),
        (
            ["export", "gone", "--bids", "b", "--subject", "1"],
            "gone is not a folder; expected a session folder",
        ),
        (
            ["delete", "gone", "--yes"],
            "gone is not a session folder (no manifest.json of a session); nothing removed",
        ),
        (["delete", "gone"], "gone is not a session folder (no manifest.json of a session); nothing removed"),
        (
            ["experiment", "--out", "x", "--arms", "closed,shut"],
            "setting 'arm' is 'shut': input should be 'closed'",
        ),
        (["experiment", "--out", "x", "--decoders", "tarot"], "decoder 'tarot' is not known"),
        (
            ["experiment", "--out", "x", "--minutes", "-1"],
            "setting 'minutes' is -1.0: input should be greater than 0",
        ),
        (["experiment", "--out", "x", "--arms", ","], "an experiment needs at least one arm"),
        (["experiment", "--out", "x", "--seeds", "1"], "Invalid value for '--seeds'"),
    ],
)
def test_the_other_commands(mistake, tmp_path, arguments, line) -> None:
    assert mistake("session", *arguments).startswith(line)
    assert list(tmp_path.iterdir()) == []
