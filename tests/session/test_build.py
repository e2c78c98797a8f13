import pytest
from live_sessions import FakeReceiver, FakeSource, plug_in

from affectlab.errors import InvalidConfig, UnknownChannels, UnreadableFile
from affectlab.session.brief import Brief
from affectlab.session.build import build, check_names
from affectlab.session.config import SessionConfig, SignalConfig


def put_together(**settings):
    config = SessionConfig(**{"synth": "builtin", "speed": float("inf"), **settings})
    return build(config, brief=Brief(), donor=(), emit=lambda _event: None, recorder=None)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"planner": "tarot"}, "tarot"),
        ({"decoder": "tarot"}, "decoder 'tarot' is not known; expected one of"),
        ({"music": "tarot"}, "tarot"),
        ({"goal": "bliss"}, "goal 'bliss' is not known"),
    ],
)
def test_unknown_names_are_told_before_a_source_is_opened(setting, message, monkeypatch) -> None:
    monkeypatch.setattr("affectlab.session.build.open_source", lambda *_a, **_k: pytest.fail("opened"))
    for attempt in (put_together, lambda **chosen: check_names(SessionConfig(**chosen))):
        with pytest.raises(InvalidConfig, match=message):
            attempt(**setting)


def test_a_signal_chain_that_cannot_be_made_frees_the_device(monkeypatch) -> None:
    source, receiver = FakeSource(), FakeReceiver()
    plug_in(monkeypatch, source, receiver)
    with pytest.raises(UnknownChannels, match="reference channel 'Oz' is not recorded"):
        put_together(signals=SignalConfig(reference="Oz"), source="brainflow:cyton")
    assert source.closed
    assert receiver.closed


def test_a_simulated_listener_hears_the_music_and_answers_questions() -> None:
    parts = put_together(signals=SignalConfig(channels=("Fp1", "Cz", "O2")))
    try:
        assert parts.rater is not None
        assert parts.loop.intake.channels == ("Fp1", "Cz", "O2")
        assert parts.music == "learned, builtin"
    finally:
        parts.engine.close()
        parts.loop.intake.close()


def test_nobody_is_asked_where_no_ratings_are_wanted_or_the_person_is_real(monkeypatch) -> None:
    quiet = put_together(rating_seconds=0)
    quiet.loop.intake.close()
    assert quiet.rater is None
    plug_in(monkeypatch, FakeSource(), FakeReceiver())
    assert put_together(source="brainflow:cyton").rater is None


def test_patience_is_long_only_where_no_sound_waits(monkeypatch) -> None:
    plug_in(monkeypatch, FakeSource(), FakeReceiver())
    fast = put_together(source="brainflow:cyton")
    live = put_together(source="brainflow:cyton", speed=1.0)
    assert fast.loop.intake.patience > 1 > live.loop.intake.patience


def test_a_calibration_that_cannot_be_read_is_told_before_a_source_is_opened(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("affectlab.session.build.open_source", lambda *_a, **_k: pytest.fail("opened"))
    with pytest.raises(UnreadableFile, match=r"cannot read .*nobody\.json"):
        put_together(person=tmp_path / "nobody.json")


def test_with_a_calibration_there_is_no_rest_unless_it_is_asked_for(tmp_path) -> None:
    person = tmp_path / "person.json"
    assert SessionConfig(person=person).rest == 0
    assert SessionConfig(person=person, rest_seconds=30).rest == 30
    assert SessionConfig().rest == 60


def test_people_get_the_learned_decoder_and_simulated_listeners_the_one_their_eeg_is_made_for(
    tmp_path,
) -> None:
    assert SessionConfig(source="lsl:Headband").decoder_used == "graph"
    assert SessionConfig(source="sim?sfreq=256").decoder_used == "bandpower"
    assert SessionConfig(source="sim", decoder="graph").decoder_used == "graph"
    assert SessionConfig(source="sim", person=tmp_path / "person.json").decoder_used == "graph"
