import json

import pytest
from live_sessions import run_session

from affectlab.errors import InvalidConfig
from affectlab.session.brief import read_brief
from affectlab.session.cases import past_cases
from affectlab.session.config import SessionConfig
from affectlab.session.events import PlanEvent


@pytest.fixture(scope="module")
def sessions(tmp_path_factory):
    """A folder with one session of Ada's and the profile it was made with."""
    folder = tmp_path_factory.mktemp("cases")
    (folder / "ada.toml").write_text('name = "Ada"\n')
    return run_session(folder / "first", profile=folder / "ada.toml", rest_seconds=10)


def test_a_finished_session_is_a_case_of_its_person_and_of_nobody_else(sessions) -> None:
    (case,) = past_cases(sessions.folder.parent, "Ada", pytest.fail)
    outcome, (plan,) = sessions.summary.outcome, sessions.of(PlanEvent)
    assert case.session == sessions.session.id
    assert case.goal == outcome["goal"] == (0.4, -0.5)
    assert case.basis == "truth"
    assert case.gain == pytest.approx(1 - outcome["final_distance"] / outcome["start_distance"])
    assert (case.tempo_bpm, case.mode) == (plan.plan["tempo_bpm"], plan.plan["attributes"]["mode"])
    assert past_cases(sessions.folder.parent, "Bob", pytest.fail) == ()
    assert past_cases(sessions.folder.parent, "", pytest.fail) == ()
    assert past_cases(sessions.folder / "absent", "Ada", pytest.fail) == ()


def test_the_name_is_not_in_the_record(sessions) -> None:
    assert "Ada" not in (sessions.folder / "manifest.json").read_text()


def test_a_broken_session_is_told_and_left_out(sessions, tmp_path) -> None:
    for name, damaged in {"a": "summary.json", "b": "plans.jsonl"}.items():
        copy = tmp_path / name
        copy.mkdir()
        for file in sessions.folder.iterdir():
            (copy / file.name).write_bytes(file.read_bytes())
        (copy / damaged).write_text("{broken\n")
    told = []
    assert past_cases(tmp_path, "Ada", told.append) == ()
    assert [line.split(":")[0] for line in told] == [
        "past session a is not used for planning",
        "past session b is not used for planning",
    ]


def test_history_can_be_left_out(sessions) -> None:
    config = SessionConfig(profile=sessions.folder.parent / "ada.toml")
    assert len(read_brief(config, sessions.folder.parent, pytest.fail).cases) == 1
    alone = config.model_copy(update={"history": False})
    assert read_brief(alone, sessions.folder.parent, pytest.fail).cases == ()
    assert read_brief(config, None, pytest.fail).cases == ()


def test_a_person_who_must_hear_no_music_is_refused_in_one_line(tmp_path) -> None:
    profile = tmp_path / "p.toml"
    profile.write_text('contraindications = ["musicogenic_epilepsy"]\n')
    with pytest.raises(InvalidConfig, match="names musicogenic_epilepsy") as error:
        run_session(tmp_path / "s", profile=profile)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "s").exists()


def test_the_limits_of_a_profile_hold_in_every_control(tmp_path) -> None:
    profile = tmp_path / "p.toml"
    profile.write_text('contraindications = ["cardiac", "sound_sensitivity"]\ndisliked = ["piano"]\n')
    done = run_session(tmp_path / "s", profile=profile, goal="energise", arm="random")
    controls = [json.loads(line) for line in (done.folder / "controls.jsonl").read_text().splitlines()]
    assert max(one["tempo_bpm"] for one in controls) <= 100
    assert max(one["dynamics"] for one in controls) <= 0.5
    assert max(one["density"] for one in controls) <= 0.6
    assert "piano" not in {
        word.strip(" ,")
        for line in (done.folder / "music.jsonl").read_text().splitlines()
        for word in json.loads(line)["facts"]["instruments"].replace(":", ",").split(",")
    }
