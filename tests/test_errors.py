import pickle

from affectlab.errors import MissingExtra


def test_a_missing_extra_says_what_to_install_also_after_the_way_back_from_a_worker() -> None:
    error = pickle.loads(pickle.dumps(MissingExtra("brainflow", "devices")))
    assert str(error) == "brainflow is not installed; it comes with: pip install 'affectlab[devices]'"
