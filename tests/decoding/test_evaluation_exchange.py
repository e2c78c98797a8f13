"""Exchanging the labels of stretches within people: valid where sizes differ, strong with an effect."""

import numpy as np
from evaluation_people import recording, rest_and_task, table

from affectlab.decoding.evaluation.exchange import Stretches, exchange_tests
from affectlab.decoding.evaluation.metrics import Judged
from affectlab.decoding.evaluation.units import exchanged, units

ABOUT = rest_and_task(10, rest=62, task=22)
UNIT = units(ABOUT, "arousal")


def p_values(score, permutations=99, seed=0):
    """Return p of both statistics for one score a window."""
    judged = Judged(ABOUT.arousal, 0.4 * np.tanh(score), np.ones(len(score)), 1 / (1 + np.exp(-score)))
    found = exchange_tests(Stretches.of(judged, UNIT, ABOUT.subject), permutations=permutations, seed=seed)
    return {name: one.p for name, one in found.items()}


def test_without_information_small_p_are_as_rare_as_they_should_be() -> None:
    generator = np.random.default_rng(8)
    found = []
    for trial in range(150):
        # Each recording has a level of its own, and each person one: neither has to do with the label.
        level = generator.normal(0, 1, UNIT.max() + 1)[UNIT] + 0.5
        found.append(p_values(level + generator.normal(0, 1, len(UNIT)), seed=trial))
    for name in ("balanced_accuracy", "ccc"):
        share = np.mean([one[name] <= 0.05 for one in found])
        assert share <= 0.1


def test_an_effect_in_everybody_is_seen() -> None:
    generator = np.random.default_rng(9)
    found = p_values(2 * np.sign(ABOUT.arousal) + generator.normal(0, 1, len(UNIT)), permutations=999)
    assert found["balanced_accuracy"] <= 0.002
    assert found["ccc"] <= 0.002


def test_one_class_or_one_person_has_no_test() -> None:
    rest = ABOUT.baseline
    judged = Judged(ABOUT.arousal, ABOUT.arousal, np.ones(len(UNIT)), np.full(len(UNIT), 0.5))
    one_class = Stretches.of(judged.take(rest), UNIT[rest], ABOUT.subject[rest])
    alone = ABOUT.subject == "p0"
    one_person = Stretches.of(judged.take(alone), UNIT[alone], ABOUT.subject[alone])
    assert exchange_tests(one_class, permutations=99, seed=0) == {}
    assert exchange_tests(one_person, permutations=99, seed=0) == {}


def test_stretches_end_where_recording_stimulus_or_label_changes() -> None:
    rows = [
        *recording("a", "r", 8, -0.4),
        *recording("a", "r", 8, 0.4),
        *recording("a", "r", 8, 0.4, stimulus="clip"),
        *recording("b", "r", 8, 0.4, stimulus="clip"),
    ]
    for number, row in enumerate(rows):
        row["start"], row["stop"] = 2.0 * number, 2.0 * number + 4
    unit = units(table(rows), "arousal")
    np.testing.assert_array_equal(unit, np.repeat([0, 1, 2, 3], 3))


def test_exchange_keeps_stretches_whole_and_each_persons_labels() -> None:
    generator = np.random.default_rng(0)
    swapped = 0
    for _ in range(40):
        label = exchanged(ABOUT.arousal, UNIT, ABOUT.subject, generator)
        for one in np.unique(UNIT):
            assert np.unique(label[one == UNIT]).size == 1
        for person in set(ABOUT.subject):
            assert set(label[ABOUT.subject == person]) == {-0.4, 0.4}
        swapped += np.sum(label[UNIT == 0] != ABOUT.arousal[UNIT == 0]) > 0
    assert 8 <= swapped <= 32
