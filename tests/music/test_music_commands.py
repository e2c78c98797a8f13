"""``affectlab music generate`` and ``evaluate``: files that hold what was asked, and mistakes in one line."""

import json
import wave
from pathlib import Path

import numpy as np
import pytest
from played_music import mood_files, write_emopia

from affectlab.cli import main


def printed(capfd, *arguments):
    """Run a command that succeeds; return the object it prints."""
    with pytest.raises(SystemExit) as left:
        main(("music", *arguments, "--json"))
    assert left.value.code == 0
    return json.loads(capfd.readouterr().out)


def values(found):
    return {row["metric"]: row["value"] for row in found["rows"]}


@pytest.mark.parametrize("music", ["learned", "rules"])
def test_notes_are_the_same_for_the_same_seed(capfd, tmp_path, music) -> None:
    mido = pytest.importorskip("mido")
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        out = str(tmp_path / f"{name}.mid")
        printed(capfd, "generate", "--music", music, "--bars", "2", "--seed", str(seed), "--out", out)
    one, again, other = ((tmp_path / f"{name}.mid").read_bytes() for name in "abc")
    assert one == again != other
    file = mido.MidiFile(tmp_path / "a.mid")
    assert sum(message.type == "note_on" for track in file.tracks for message in track) > 8


def test_sound_is_heard_and_keeps_below_full_scale(capfd, tmp_path) -> None:
    out = tmp_path / "calm.wav"
    asked = ("--valence", "0.5", "--arousal", "-0.5", "--bars", "2", "--synth", "builtin", "--tempo", "60")
    found = values(printed(capfd, "generate", *asked, "--out", str(out)))
    with wave.open(str(out)) as file:
        assert (file.getnchannels(), file.getframerate()) == (2, 48_000)
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32_768
    assert found["tempo_bpm"] == 60
    assert found["seconds"] == 8
    assert len(samples) / 96_000 == pytest.approx(11, abs=0.01)
    assert found["peak_dbfs"] == pytest.approx(20 * np.log10(np.abs(samples).max()), abs=0.1)
    assert -50 < found["rms_dbfs"] < found["peak_dbfs"] <= -1


def test_a_trajectory_is_followed(capfd, tmp_path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("bar,valence,arousal\n0,0,-0.9\n4,0,-0.9\n4,0,0.9\n")
    out = str(tmp_path / "t.mid")
    calm = values(printed(capfd, "generate", "--arousal", "-0.9", "--bars", "8", "--out", out))
    risen = values(printed(capfd, "generate", "--trajectory", str(path), "--bars", "8", "--out", out))
    assert risen["arousal"] > calm["arousal"] + 0.3
    assert risen["notes"] > calm["notes"]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("--out", "a.mp3"), "--out is a.mp3; expected a name that ends in .mid or .wav"),
        (("--valence", "1.5"), "valence of the music must be in [-1, 1], got 1.5; clip it first"),
        (("--tempo", "400"), "tempo_bpm of the music must be in [40, 160], got 400.0; clip it first"),
        (("--instruments", "kazoo"), "unknown instrument 'kazoo'; choose from: acoustic bass, "),
        (("--music", "jazz"), "composer 'jazz' is not known; expected one of: learned, rules"),
        (("--trajectory", "no.csv"), "cannot read no.csv"),
        (
            ("--trajectory", "no.csv", "--valence", "0.1"),
            "--trajectory no.csv says it all; leave out --valence and --arousal",
        ),
        (("--bars", "0"), "Invalid value for '--bars': Input should be greater than or equal to 1"),
    ],
)
def test_what_generate_is_asked_wrongly_is_one_line(mistake, arguments, line) -> None:
    # The last of two equal options counts.
    assert mistake("music", "generate", "--out", "a.mid", *arguments).startswith(line)
    assert not list(Path().iterdir())


@pytest.mark.timeout(600)
def test_evaluation_goes_on_where_it_was_and_judges_the_arms(capfd, tmp_path) -> None:
    pytest.importorskip("sklearn")
    pytest.importorskip("symusic")
    emopia = write_emopia(tmp_path / "EMOPIA_1.0.tar.gz", mood_files())
    asked = ("--n", "4", "--bars", "8", "--emopia", str(emopia), "--work", str(tmp_path / "work"))
    first = printed(capfd, "evaluate", "--arms", "rules", *asked)
    takes = {path: path.stat().st_mtime_ns for path in (tmp_path / "work").rglob("takes/*.json")}
    assert takes
    again = printed(capfd, "evaluate", "--arms", "none,full,rules", *asked)
    assert {path: path.stat().st_mtime_ns for path in takes} == takes
    assert {row["arm"] for row in again["rows"]} == {
        "predictor cues",
        "predictor sound",
        "none",
        "full",
        "rules",
    }
    of = {(row["arm"], row["metric"], row.get("against")): row["value"] for row in again["rows"]}
    before = {(row["arm"], row["metric"], row.get("against")): row["value"] for row in first["rows"]}
    assert of["rules", "emo_mse", None] == before["rules", "emo_mse", None]
    assert of["full", "plan_cons", None] > of["none", "plan_cons", None]
    assert {row["metric"] for row in again["targets"]} >= {"emo_mse_relative", "plan_cons"}
    assert again["manifest"]["data"]["EMOPIA_1.0.tar.gz"]
    assert any("no FAD" in note for note in again["notes"])


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ((), "no EMOPIA to fit the predictors on: give --emopia EMOPIA_1.0.tar.gz, or set AFFECTLAB_DATA"),
        (("--emopia", "no.tar.gz"), "no.tar.gz does not exist; --emopia takes EMOPIA_1.0.tar.gz or its"),
        (
            ("--emopia", ".", "--arms", "none,loud"),
            "arm 'loud' is not known; expected some of: none, static, global, local,",
        ),
        (
            ("--emopia", ".", "--weights", "nowhere"),
            "nowhere/composer.json: No such file or directory; expected",
        ),
    ],
)
def test_what_evaluate_is_asked_wrongly_is_one_line(mistake, arguments, line) -> None:
    assert mistake("music", "evaluate", "--work", "work", *arguments).startswith(line)
