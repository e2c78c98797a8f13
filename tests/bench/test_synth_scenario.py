import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from affectlab.affect import sims5_class
from affectlab.bench.emomm.synth.scenario import (
    ALIGNED,
    CLASSES,
    CORES,
    RELIABILITIES,
    Plan,
    Scenario,
    plan_clip,
    polarity,
    refer,
)
from affectlab.bench.emomm.synth.seeds import belongs, generator

DEFAULT = Scenario()
label = st.sampled_from(CLASSES)


def plans(n: int, scenario: Scenario = DEFAULT, seed: int = 5) -> list[Plan]:
    return [plan_clip(scenario, "bench", seed, index) for index in range(n)]


def polarities(plan: Plan) -> list[int]:
    return [polarity(sims5_class(plan.values[name])) for name in "TAV"]


def test_cores_lie_inside_the_bins_of_their_class() -> None:
    for name, ends in CORES.items():
        assert {sims5_class(value) for value in np.linspace(*ends, 50)} == {name}


@given(label, label, label)
def test_two_outvote_one_and_vision_decides_when_all_differ(text: str, audio: str, vision: str) -> None:
    reference, _ = refer({"T": text, "A": audio, "V": vision}, {"T": 0.0, "A": 0.0, "V": 0.0})
    if text == audio:
        assert reference == text
    else:
        assert reference == vision or (vision not in {text, audio} and reference == vision)


@given(label, label, label, st.integers(0, 10_000))
def test_the_reference_value_is_in_the_class_of_the_reference(
    text: str, audio: str, vision: str, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    classes = {"T": text, "A": audio, "V": vision}
    reference, value = refer(
        classes, {name: float(rng.uniform(*CORES[one])) for name, one in classes.items()}
    )
    assert sims5_class(value) == reference


def test_reliabilities_let_any_pair_win_and_vision_before_the_others() -> None:
    one, two, three = sorted(RELIABILITIES.values())
    assert one + two > three == RELIABILITIES["V"]
    assert sum(RELIABILITIES.values()) == pytest.approx(1)


def test_kinds_come_in_the_stated_proportions() -> None:
    made = plans(3000)
    for kind, share in Scenario().shares.items():
        found = np.mean([plan.kind == kind for plan in made])
        assert abs(found - share) < 4 * np.sqrt(share * (1 - share) / len(made))


def test_reference_classes_are_balanced_in_every_kind() -> None:
    made = plans(4000)
    for kind in Scenario().shares:
        of_kind = [plan.reference for plan in made if plan.kind == kind]
        counts = [of_kind.count(name) for name in CLASSES]
        assert min(counts) > 0.7 * len(of_kind) / 5, (kind, counts)


def test_each_kind_relates_the_modalities_as_its_name_says() -> None:
    for plan in plans(500):
        text, audio, vision = polarities(plan)
        holds = {
            "aligned": text == audio == vision,
            "odd_text": audio == vision != text,
            "odd_audio": text == vision != audio,
            "odd_video": text == audio != vision,
            "all_differ": len({text, audio, vision}) == 3,
        }
        assert [kind for kind, true in holds.items() if true] == [plan.kind]


def test_arousal_says_nothing_about_valence() -> None:
    made = plans(3000)
    for name in ("A", "V"):
        r = np.corrcoef([plan.values[name] for plan in made], [plan.arousal[name] for plan in made])[0, 1]
        assert abs(r) < 0.08


def test_training_clips_have_no_conflict() -> None:
    assert {plan.kind for plan in plans(300, ALIGNED)} == {"aligned"}


def test_streams_share_no_random_numbers_whatever_the_seeds() -> None:
    drawn = {
        generator(stream, seed, index, "face").integers(2**63)
        for stream in ("bench", "train")
        for seed in range(20)
        for index in range(20)
    }
    assert len(drawn) == 2 * 20 * 20


@given(st.text())
def test_every_text_belongs_to_one_stream(text: str) -> None:
    assert belongs(text, "bench") != belongs(text, "train")


def test_proportions_that_do_not_sum_to_one_are_refused() -> None:
    with pytest.raises(ValidationError, match="must sum to 1"):
        Scenario(aligned=0.9)
