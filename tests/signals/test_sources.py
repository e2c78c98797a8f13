import pytest

from affectlab.errors import InvalidConfig, UnknownChannels, UnknownSource, UnreadableFile
from affectlab.signals import SimulatedSource, StreamAddress, open_source


@pytest.mark.parametrize("spec", ["foo", "", "sim:", "simx", "replay", "replay:", "lsl:", "brainflow:"])
def test_what_names_no_source_is_refused_in_one_line(spec) -> None:
    with pytest.raises(UnknownSource) as raised:
        open_source(spec)
    assert str(raised.value) == (
        f"--source {spec!r} names no source; expected sim, replay:FILE, lsl:NAME or brainflow:BOARD"
    )


def test_sim_with_options() -> None:
    source = open_source("sim?channels=TP9,AF7,AF8,TP10&sfreq=256", seed=4)
    assert isinstance(source, SimulatedSource)
    assert source.listener.channels == ("TP9", "AF7", "AF8", "TP10")
    assert source.listener.sfreq == 256


def test_the_seed_and_the_music_reach_the_listener() -> None:
    one, same, other = (open_source("sim", seed=seed) for seed in (1, 1, 2))
    assert one.listener.traits == same.listener.traits != other.listener.traits
    heard = []
    open_source("sim", heard=heard.append).listener.take(1)
    assert heard == [0.0]


def test_two_sources_of_one_seed_do_not_mix() -> None:
    one, other = open_source("sim", seed=1), open_source("sim", seed=1)
    addresses = {one.open(), other.open()}
    one.close()
    other.close()
    assert len(addresses) == 2
    assert all(address.stamps_session_time for address in addresses)


def test_the_stream_can_be_named() -> None:
    source = open_source("sim", stream_name="participant-7")
    assert source.open().name == "participant-7"
    source.close()


def test_a_stream_of_another_program_is_only_addressed() -> None:
    source = open_source("lsl:Muse-1A2B?id=00:55")
    assert source.open() == StreamAddress("Muse-1A2B", "00:55", stamps_session_time=False)
    assert source.advance(10.0) == 0
    assert not source.ended
    source.close()
    assert open_source("lsl:Muse").open().source_id is None


@pytest.mark.parametrize("spec", ["lsl:Muse", "brainflow:synthetic"])
def test_devices_know_only_real_time(spec) -> None:
    with pytest.raises(InvalidConfig, match=rf"--speed 4 is not possible with --source '{spec}'.*--speed 1"):
        open_source(spec, speed=4.0)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("sim?seed=3", "option 'seed' is not known; expected channels or sfreq"),
        ("sim?sfreq=fast", "sfreq='fast' is no number"),
        ("sim?sfreq", "options not written as"),
        ("lsl:Muse?uid=3", "option 'uid' is not known; expected id"),
    ],
)
def test_mistaken_options_are_named(spec, words) -> None:
    with pytest.raises(InvalidConfig, match=words):
        open_source(spec)


def test_mistaken_channels_and_files_are_named() -> None:
    with pytest.raises(UnknownChannels, match="'Fp9' is not there"):
        open_source("sim", channels=["Fp9"])
    with pytest.raises(UnreadableFile, match=r"/nowhere/a\.edf does not exist"):
        open_source("replay:/nowhere/a.edf")
