import pytest

from affectlab.studio.steps import Step, step_of

BOTH = frozenset({Step.CONSENT, Step.LEVEL})


@pytest.mark.parametrize(
    ("phase", "done", "rested", "step"),
    [
        ("none", frozenset(), False, Step.CONSENT),
        ("waiting", frozenset(), False, Step.CONSENT),
        ("waiting", frozenset({Step.CONSENT}), False, Step.LEVEL),
        ("waiting", BOTH, False, Step.READY),
        ("resting", BOTH, False, Step.REST),
        ("waiting", BOTH, True, Step.BEGIN),
        ("playing", BOTH, True, Step.LISTEN),
        ("paused", BOTH, True, Step.PAUSED),
        ("ended", BOTH, True, Step.THANKS),
    ],
)
def test_one_thing_at_a_time(phase, done, rested, step):
    assert step_of(phase, done, rested=rested) is step


def test_a_session_the_researcher_started_needs_no_consent_click_to_be_heard():
    assert step_of("playing", frozenset(), rested=False) is Step.LISTEN
