import pytest

from affectlab.config import load
from affectlab.errors import InvalidConfig
from affectlab.session.config import SessionConfig


def test_flags_beat_environment_beats_file_beats_defaults(tmp_path) -> None:
    file = tmp_path / "session.toml"
    file.write_text('seed = 1\nminutes = 5\ngoal = "focus"\n[update]\nalpha = 0.3\n')
    environment = {"AFFECTLAB_SEED": "2", "AFFECTLAB_MINUTES": "6", "AFFECTLAB_UPDATE__MAX_STEP": "0.1"}
    config = load(SessionConfig, file=file, environment=environment, flags={"seed": 3, "arm": None})
    assert (config.seed, config.minutes, config.goal, config.arm) == (3, 6, "focus", "closed")
    assert (config.update.alpha, config.update.max_step) == (0.3, 0.1)


def test_unknown_key_is_named() -> None:
    with pytest.raises(InvalidConfig, match=r"unknown setting 'update\.alfa'"):
        load(SessionConfig, flags={"update": {"alfa": 1}}, environment={})


def test_value_out_of_range_is_named_with_what_was_expected() -> None:
    with pytest.raises(InvalidConfig, match="setting 'minutes' is -1: input should be greater than 0"):
        load(SessionConfig, flags={"minutes": -1}, environment={})


@pytest.mark.parametrize("content", [b"seed = ", b"\xff\xfe"])
def test_a_file_that_is_not_toml(tmp_path, content) -> None:
    file = tmp_path / "broken.toml"
    file.write_bytes(content)
    with pytest.raises(InvalidConfig, match="not readable TOML"):
        load(SessionConfig, file=file, environment={})


def test_a_missing_file(tmp_path) -> None:
    with pytest.raises(InvalidConfig, match="does not exist"):
        load(SessionConfig, file=tmp_path / "nowhere.toml", environment={})


def test_places_and_secrets_are_no_settings() -> None:
    environment = {"AFFECTLAB_DATA": "/data", "AFFECTLAB_TOKEN": "secret", "HOME": "/home/me"}
    assert load(SessionConfig, environment=environment) == SessionConfig()


def test_short_sessions_rest_for_a_fifth() -> None:
    assert SessionConfig(minutes=1).rest == 12
    assert SessionConfig(minutes=10).rest == 60
    assert SessionConfig(minutes=1, rest_seconds=0).rest == 0
