import json
import stat

import numpy as np
import pytest
from decoding_windows import Person
from stand_in_weights import StandInWeights

from affectlab.decoding.graph import GraphDecoder
from affectlab.decoding.personal_calibration import PersonalCalibration
from affectlab.decoding.personal_file import read_person
from affectlab.errors import DecodingError, UnreadableFile

CHANNELS = ("Fp1", "Fp2", "C3", "C4", "O1", "O2")
LABELS = {"calm": (float("nan"), -0.4), "busy": (float("nan"), 0.4)}


def calibrated(*, bias=0.5, name=""):
    """A calibration on a network that is off by `bias` for this person."""
    calibration = PersonalCalibration(StandInWeights(bias=bias))
    calibration.begin(CHANNELS)
    person = Person(4, CHANNELS, arousal_effect=1.5)
    for time in np.arange(4.0, 40.1, 0.5):
        calibration.rest(person.window(time))
    assert calibration.set_reference()
    for step, begin, arousal in (("calm", 50, -1), ("busy", 90, 1)):
        for time in np.arange(begin + 4.0, begin + 34.1, 1.0):
            calibration.observe(step, person.window(time, arousal=arousal))
    return calibration.finish(LABELS, name=name), person


@pytest.fixture(scope="module")
def made():
    return calibrated()


@pytest.fixture
def written(made, tmp_path):
    made[0].write(tmp_path / "person.json")
    return tmp_path / "person.json"


def test_what_was_written_decodes_as_what_was_made(made, written) -> None:
    file, person = made
    back = read_person(written)
    assert back.heads.keys() == {"arousal"}
    window = person.window(130.0, arousal=1.0)
    one, other = (GraphDecoder(StandInWeights(bias=0.5), person=which) for which in (file, back))
    first, second = one.decode(window), other.decode(window)
    np.testing.assert_allclose(first.mean, second.mean, atol=1e-9)
    np.testing.assert_allclose(first.covariance, second.covariance, rtol=1e-9)
    assert back.verdicts == file.verdicts
    assert (back.steps, back.channels, back.rest_seconds) == (("calm", "busy"), CHANNELS, 40.0)


def test_the_baseline_and_the_correction_work_without_any_rest_in_the_session(made) -> None:
    file, person = made
    plain = GraphDecoder(StandInWeights(bias=0.5))
    own = GraphDecoder(StandInWeights(bias=0.5), person=file)
    window = person.window(130.0, arousal=-1.0)
    assert plain.decode(window).arousal == 0
    assert own.decode(window).arousal < -0.05
    uncorrected = GraphDecoder(StandInWeights(bias=0.5), person=calibration_without_head(file))
    assert uncorrected.decode(window).arousal > own.decode(window).arousal + 0.1


def calibration_without_head(file):
    from dataclasses import replace

    return replace(file, heads={})


def test_rest_of_the_session_takes_the_place_of_the_files(made) -> None:
    file, _ = made
    decoder, today = GraphDecoder(StandInWeights(), person=file), Person(9, CHANNELS)
    before = decoder.decode(today.window(20.0)).arousal
    for time in np.arange(4.0, 30.1, 0.5):
        decoder.observe_rest(today.window(time))
    assert decoder.decode(today.window(20.0)).arousal != before


def test_the_file_tells_people_what_it_is_and_holds_no_name_unless_given(written) -> None:
    content = json.loads(written.read_text())
    assert (content["format"], content["name"]) == ("affectlab person 1", "")
    (verdict,) = content["verdicts"]
    assert verdict["accepted"] is True
    assert {gain["metric"] for gain in verdict["gains"]} == {"nll", "ccc", "balanced_accuracy", "ece"}
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert calibrated(name="P07")[0].to_json()["name"] == "P07"


def test_other_electrodes_are_named(written) -> None:
    file = read_person(written)
    file.require_channels(CHANNELS[::-1])
    with pytest.raises(DecodingError, match=r"6 electrodes \(Fp1.*this session has 2 \(Fz, Cz\)") as error:
        file.require_channels(("Fz", "Cz"))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text[: len(text) // 2], "is not whole JSON"),
        (lambda _: "[]", "is not a person's calibration"),
        (lambda text: text.replace("affectlab person 1", "other"), "is not a person's calibration"),
        (lambda text: text.replace('"weights_sha256"', '"weights"'), "is damaged"),
        (lambda text: text.replace('"float64": "', '"float64": "!'), "is damaged"),
        (lambda text: text.replace('"arousal": {', '"hunger": {'), "is damaged"),
        (lambda text: text.replace('"Fp1"', '"Fpz"', 1), "is damaged"),
    ],
)
def test_a_damaged_file_is_one_line(change, words, written) -> None:
    written.write_text(change(written.read_text()))
    with pytest.raises(UnreadableFile, match=words) as error:
        read_person(written)
    assert "\n" not in str(error.value)


def test_a_correction_that_is_not_finite_is_not_used(made, written) -> None:
    content = json.loads(written.read_text())
    packed = content["heads"]["arousal"]["weights"]
    import base64

    broken = np.frombuffer(base64.b64decode(packed["float64"])).copy()
    broken[0] = np.nan
    packed["float64"] = base64.b64encode(broken.tobytes()).decode()
    written.write_text(json.dumps(content))
    with pytest.raises(UnreadableFile, match="not finite"):
        read_person(written)


def test_a_missing_file_is_named(tmp_path) -> None:
    with pytest.raises(UnreadableFile, match=r"cannot read .*nobody\.json: No such file"):
        read_person(tmp_path / "nobody.json")


def test_a_baseline_alone_is_a_calibration() -> None:
    calibration = PersonalCalibration(StandInWeights())
    calibration.begin(CHANNELS)
    with pytest.raises(DecodingError, match="no resting baseline"):
        calibration.finish({})
    person = Person(4, CHANNELS)
    for time in np.arange(4.0, 20.1, 0.5):
        calibration.rest(person.window(time))
    calibration.set_reference()
    file = calibration.finish({})
    assert (file.verdicts, file.heads, file.steps) == ((), {}, ())
