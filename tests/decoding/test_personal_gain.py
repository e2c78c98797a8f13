from dataclasses import replace

import numpy as np
import pytest
from decoded_people import person

from affectlab.decoding import personal_gain
from affectlab.decoding.personal import AxisHead
from affectlab.decoding.personal_gain import FOLDS, Labelled, ece, judge


def test_a_correction_that_helps_is_accepted_and_its_gain_lies_above_zero() -> None:
    verdict = judge("arousal", person(1, bias=0.4))
    by_name = {gain.metric: gain for gain in verdict.gains}
    assert verdict.accepted
    assert by_name["nll"].low > 0
    assert by_name["nll"].gain == pytest.approx(by_name["nll"].before - by_name["nll"].after)
    assert by_name["balanced_accuracy"].gain == pytest.approx(
        by_name["balanced_accuracy"].after - by_name["balanced_accuracy"].before
    )
    assert sum(count for _, _, count in verdict.reliability) == by_name["ece"].n


@pytest.mark.parametrize("seed", range(2))
def test_a_person_for_whom_nothing_is_wrong_gets_no_correction(seed) -> None:
    verdict = judge("arousal", person(seed))
    assert not verdict.accepted
    assert verdict.reason.startswith("it does not surely help: log-likelihood gains ")


def test_an_embedding_that_only_knows_the_step_by_heart_is_not_rewarded() -> None:
    labelled = person(2)
    generator = np.random.default_rng(0)
    noise = generator.normal(size=(len(labelled.labels), 200))
    verdict = judge("arousal", replace(labelled, output=replace(labelled.output, embedding=noise)))
    assert not verdict.accepted


def test_what_is_held_out_shares_no_sample_with_what_is_learned_from(monkeypatch) -> None:
    labelled, seen = person(3), []

    def fit(output, labels, *, share, real=AxisHead.fit):
        seen.append(set(output.mean.tolist()))
        return real(output, labels, share=share)

    monkeypatch.setattr(AxisHead, "fit", fit)
    judge("arousal", labelled)
    blocks = personal_gain._blocks(labelled)
    assert len(seen) == FOLDS
    for fold, means in enumerate(seen):
        learned = np.flatnonzero([mean in means for mean in labelled.output.mean])
        held_out = np.flatnonzero(blocks % FOLDS == fold)
        assert not set(learned) & set(held_out)
        for row in held_out:
            apart = (labelled.stop[learned] <= labelled.start[row]) | (
                labelled.start[learned] >= labelled.stop[row]
            )
            assert apart.all()


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        (lambda labels: np.full_like(labels, 0.4), "all labels are high: there is nothing to tell apart"),
        (lambda labels: np.full_like(labels, -0.4), "all labels are low: there is nothing to tell apart"),
    ],
)
def test_one_kind_of_state_alone_teaches_nothing(labels, reason) -> None:
    labelled = person(4)
    verdict = judge("arousal", replace(labelled, labels=labels(labelled.labels)))
    assert (verdict.accepted, verdict.reason, verdict.gains) == (False, reason, ())


def test_too_little_is_said() -> None:
    whole = person(5)
    rows = np.flatnonzero(whole.stop < 45)[::20]
    short = Labelled(
        whole.output.take(rows),
        whole.labels[rows],
        [whole.steps[row] for row in rows],
        whole.start[rows],
        whole.stop[rows],
    )
    assert "too little was recorded" in judge("arousal", short).reason
    nothing = Labelled(whole.output.take(np.arange(0)), *(np.zeros(0), [], np.zeros(0), np.zeros(0)))
    assert judge("arousal", nothing).reason == "no usable window has a label"


def test_windows_count_as_far_as_they_do_not_overlap() -> None:
    assert person(6, quick=0.5).share == pytest.approx(1 / 8)
    assert person(6, quick=4.0).share == pytest.approx(1.0)


def test_calibration_error_of_known_cases() -> None:
    high = np.array([True, False, True, False])
    assert ece(np.array([0.999, 0.001, 0.999, 0.001]), high) == pytest.approx(0.001)
    assert ece(np.array([0.0, 1.0, 0.0, 1.0]), high) == 1.0
    assert ece(np.full(4, 0.5), high) == pytest.approx(0.0)
    assert ece(np.full(4, 0.75), high) == pytest.approx(0.25)
