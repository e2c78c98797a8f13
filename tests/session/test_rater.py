import numpy as np

from affectlab.decoding import REPORT_SD
from affectlab.session.rater import SimulatedRater


def test_questions_come_at_their_interval_from_the_first_music_on() -> None:
    rater = SimulatedRater(lambda _time: (0.0, 0.0), 120.0, seed=0)
    asked = [time for time in np.arange(60, 400, 0.5) if rater.due(float(time))]
    assert asked == [60, 180, 300]


def test_answers_are_the_truth_with_the_error_of_a_self_report() -> None:
    rater = SimulatedRater(lambda _time: (0.2, -0.3), 1.0, seed=0)
    answers = 2 * np.array([rater.answer(0.0) for _ in range(2000)]) - 1
    np.testing.assert_allclose(answers.mean(axis=0), [0.2, -0.3], atol=0.02)
    np.testing.assert_allclose(answers.std(axis=0), REPORT_SD, rtol=0.1)


def test_answers_stay_on_the_sliders() -> None:
    rater = SimulatedRater(lambda _time: (1.0, -1.0), 1.0, seed=0)
    answers = np.array([rater.answer(0.0) for _ in range(200)])
    assert answers.min() >= 0
    assert answers.max() <= 1
