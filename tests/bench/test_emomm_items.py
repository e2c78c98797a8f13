from collections import Counter
from itertools import product

import pytest
from emomm_clips import clip
from hypothesis import given
from hypothesis import strategies as st

from affectlab.bench.emomm.items import PUBLISHED_SUBSETS, samples_of
from affectlab.bench.emomm.rules import SIMS5, EmoMMRules
from affectlab.bench.splits import split_of


def subsets(**labels: str) -> dict[str, str]:
    made = samples_of(clip(**labels), EmoMMRules(), "test")
    return {sample.details["modalities"]: sample.subset for sample in made}


def test_a_clip_becomes_seven_samples_with_what_is_available() -> None:
    made = samples_of(clip("one", text="well"), EmoMMRules(), "train")
    assert [sample.id for sample in made] == [
        f"one__{available}" for available in ("TAV", "TA", "TV", "AV", "T", "A", "V")
    ]
    for sample in made:
        available = sample.details["modalities"]
        assert (sample.text == "well") == ("T" in available)
        kinds = [media.kind for media in sample.media]
        assert kinds == [kind for letter, kind in (("A", "audio"), ("V", "video")) if letter in available]


def test_a_conflict_of_one_modality_is_none_without_it() -> None:
    assert subsets(t="P", a="N", v="WP", m="P") == {
        "TAV": "conflict",
        "TA": "missing_conflict",
        "TV": "missing_aligned",
        "AV": "missing_conflict",
        "T": "single",
        "A": "single",
        "V": "single",
    }


def test_the_published_sizes_are_one_and_three_samples_a_clip() -> None:
    whole = PUBLISHED_SUBSETS["aligned"] + PUBLISHED_SUBSETS["conflict"]
    missing = PUBLISHED_SUBSETS["missing_aligned"] + PUBLISHED_SUBSETS["missing_conflict"]
    assert (whole, missing) == (4000, 12000)


def test_every_clip_gives_one_whole_and_three_missing_samples() -> None:
    for labels in product(SIMS5.words, repeat=4):
        made = subsets(**dict(zip("tavm", labels, strict=True)))
        found = Counter(subset.split("_")[0] for subset in made.values())
        assert found["aligned"] + found["conflict"] == 1
        assert (found["missing"], found["single"]) == (3, 3)


def test_the_target_is_the_reference_label() -> None:
    made = samples_of(clip(m="WP"), EmoMMRules(), "test")
    assert made[0].target == {"N": 0, "WN": 0, "Neu": 0, "WP": 1, "P": 0}
    assert {sample.label for sample in made} == {"WP"}


def test_votes_become_the_target_where_there_are_any() -> None:
    voted = clip(corpus="crema_d", t="N", a="A", v="D", m="D", details={"votes": {"M": {"A": 3, "D": 7}}})
    sample = samples_of(voted, EmoMMRules(), "test")[0]
    assert sample.target == {"A": 0.3, "D": 0.7, "F": 0, "H": 0, "N": 0, "S": 0}
    assert sample.label == "D"


def test_details_say_what_each_channel_shows() -> None:
    sample = samples_of(clip(t="P", values={"T": 0.9, "M": 0.0}), EmoMMRules(), "test")[3]
    assert sample.details["labels"] == {"T": "P", "A": "Neu", "V": "Neu", "M": "Neu"}
    assert sample.details["values"] == {"T": 0.9, "M": 0.0}
    assert (sample.details["clip"], sample.details["corpus"], sample.details["language"]) == (
        "one",
        "synth",
        "en",
    )


def test_statistics_can_cluster_by_source_clip_and_speaker() -> None:
    made = samples_of(clip(source="film", speaker="ann"), EmoMMRules(), "test")
    assert made[0].groups == {"source": "film", "clip": "one", "speaker": "ann"}
    assert "speaker" not in samples_of(clip(), EmoMMRules(), "test")[0].groups


@given(st.lists(st.text(), min_size=1), st.floats(0, 1), st.integers())
def test_a_source_is_on_one_side_whatever_else_there_is(sources, share, seed) -> None:
    alone = {source: split_of(source, share, seed) for source in sources}
    assert all(split_of(source, share, seed) == alone[source] for source in reversed(sources))


def test_about_the_wanted_share_of_sources_is_for_the_test() -> None:
    sides = Counter(split_of(f"video_{number:04d}", 0.2, 0) for number in range(4000))
    assert 720 < sides["test"] < 880


def test_another_seed_splits_otherwise() -> None:
    sources = [f"video_{number}" for number in range(200)]
    one, other = ([split_of(source, 0.5, seed) for source in sources] for seed in (0, 1))
    assert one != other


@pytest.mark.parametrize(("share", "side"), [(0, "train"), (1, "test")])
def test_all_sources_can_be_on_one_side(share, side) -> None:
    assert {split_of(str(number), share, 0) for number in range(100)} == {side}
