import pytest

from affectlab.decoding import DECODERS, make_decoder
from affectlab.errors import InvalidConfig


@pytest.mark.parametrize("name", DECODERS)
def test_every_listed_decoder_is_made_and_knows_its_name(name) -> None:
    decoder = make_decoder(name, seed=1)
    assert decoder.name == name
    assert decoder.rest_seconds == 0


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(
        InvalidConfig, match="decoder 'magic' is not known; expected one of: bandpower, chance, graph"
    ):
        make_decoder("magic")


@pytest.mark.parametrize("name", ["bandpower", "chance"])
def test_a_calibration_is_for_the_learned_decoder(name) -> None:
    line = f"decoder '{name}' knows no personal calibration; leave person away or use: graph"
    with pytest.raises(InvalidConfig, match=line):
        make_decoder(name, 0, object())
