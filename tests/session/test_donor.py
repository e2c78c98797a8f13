import json

import pytest
from recorded_session import write_session

from affectlab.decoding import without_prior
from affectlab.errors import InvalidConfig, UnreadableFile
from affectlab.session.config import SessionConfig
from affectlab.session.donor import ANOTHER_LISTENER, donor_states
from affectlab.session.events import StateEvent
from affectlab.session.recording import Recording


def nobody(_config):
    raise AssertionError("nobody was to be simulated")


def state(time: float, valence: float, variance: float = 0.05) -> StateEvent:
    return StateEvent(
        time=time,
        decoder="bandpower",
        decoded_mean=(valence, 0.0),
        decoded_covariance=(variance, 0.0, variance),
        belief_mean=(0.9, 0.9),
        belief_covariance=(0.01, 0.0, 0.01),
        resting=False,
        usable_share=1.0,
    )


@pytest.mark.parametrize("arm", ["closed", "open", "random"])
def test_other_arms_need_no_donor(arm) -> None:
    assert donor_states(SessionConfig(arm=arm, source="lsl:x"), nobody) == ()


def test_a_recorded_donor_gives_what_was_decoded(tmp_path) -> None:
    write_session(tmp_path / "donor", seconds=30, sound=False)
    states = donor_states(SessionConfig(arm="sham", source="lsl:x", sham_from=tmp_path / "donor"), nobody)
    recorded = Recording.load(tmp_path / "donor").states()
    assert states == tuple(without_prior(one) for one in recorded)
    assert len(states) == 13


def test_a_simulated_donor_is_another_listener_in_the_closed_arm() -> None:
    asked = []

    def simulate(config):
        asked.append(config)
        return [state(4.0, 0.5), state(4.5, 0.4), state(5.0, 0.0, variance=0.25)]

    states = donor_states(SessionConfig(arm="sham", source="sim?sfreq=128", seed=7, minutes=3), simulate)
    assert [one.time for one in states] == [4.0, 4.5], "a window that measured nothing is left out"
    (donor,) = asked
    assert (donor.arm, donor.seed, donor.minutes) == ("closed", 7 + ANOTHER_LISTENER, 3)
    assert donor.speed == float("inf")
    assert donor.source == "sim?sfreq=128"


@pytest.mark.parametrize("source", ["lsl:EEG", "replay:a.edf", "brainflow:cyton"])
def test_real_eeg_needs_a_recorded_donor(source) -> None:
    with pytest.raises(InvalidConfig, match=rf"--source {source} needs another recorded .*--sham-from DIR"):
        donor_states(SessionConfig(arm="sham", source=source), nobody)


def test_a_simulated_donor_that_rested_too_little_says_so() -> None:
    with pytest.raises(InvalidConfig, match=r"nothing was decoded in 0.2 min with 2.4 s of rest; .*--rest"):
        donor_states(SessionConfig(arm="sham", minutes=0.2), lambda _config: [state(4.0, 0.0, variance=0.25)])


def test_a_recording_without_states_is_refused(tmp_path) -> None:
    write_session(tmp_path / "short", seconds=2, sound=False)
    with pytest.raises(
        InvalidConfig, match=r"short holds no decoded state; choose a session that ran longer"
    ):
        donor_states(SessionConfig(arm="sham", sham_from=tmp_path / "short"), nobody)


def test_a_folder_that_is_not_there_is_named(tmp_path) -> None:
    with pytest.raises(UnreadableFile, match="nowhere is not a folder"):
        donor_states(SessionConfig(arm="sham", sham_from=tmp_path / "nowhere"), nobody)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ({"decoded_mean": [7.0, 0.0]}, "mean must be two numbers"),
        ({"decoded_covariance": None}, "is not usable"),
        ({"decoded_covariance": [0.1]}, "is not usable"),
        ({"decoded_mean": "x"}, "is not usable"),
    ],
)
def test_a_corrupted_donor_is_named_by_the_moment_of_its_damage(tmp_path, damage, message) -> None:
    write_session(tmp_path / "donor", seconds=20, sound=False)
    lines = (tmp_path / "donor" / "states.jsonl").read_text().splitlines()
    lines[1] = json.dumps({**json.loads(lines[1]), **damage})
    (tmp_path / "donor" / "states.jsonl").write_text("\n".join(lines) + "\n")
    with pytest.raises(UnreadableFile, match=message) as caught:
        donor_states(SessionConfig(arm="sham", sham_from=tmp_path / "donor"), nobody)
    assert "the state recorded at 6.0 s" in str(caught.value)


def test_a_state_without_its_fields_is_named(tmp_path) -> None:
    write_session(tmp_path / "donor", seconds=20, sound=False)
    (tmp_path / "donor" / "states.jsonl").write_text('{"time": 4.0}\n')
    with pytest.raises(UnreadableFile, match=r"the state recorded at 4.0 s has no 'decoded_"):
        donor_states(SessionConfig(arm="sham", sham_from=tmp_path / "donor"), nobody)
