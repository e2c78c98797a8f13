from affectlab.session.events import NoticeEvent, PageEvent, PhaseEvent, PlanChoiceEvent, StateEvent
from affectlab.studio.view import MARKERS, NOTICES, TRAIL, LiveView


def state(time):
    return StateEvent(
        time=time,
        decoder="bandpower",
        decoded_mean=(0.1, 0.2),
        decoded_covariance=(0.1, 0, 0.1),
        belief_mean=(0.0, 0.0),
        belief_covariance=(0.1, 0, 0.1),
        resting=False,
        usable_share=1.0,
    )


def test_the_trail_keeps_the_newest_states_in_order():
    view = LiveView()
    for time in range(TRAIL + 7):
        view.fold(state(float(time)))
    assert [one.time for one in view.trail] == [float(time) for time in range(7, TRAIL + 7)]
    assert view.state is view.trail[-1]


def test_what_a_reader_holds_does_not_change_under_it():
    view = LiveView()
    view.fold(NoticeEvent(time=0, kind="signal", text="first"))
    held = view.notices
    view.fold(NoticeEvent(time=1, kind="signal", text="second"))
    assert [notice.text for notice in held] == ["first"]


def test_logs_are_bounded():
    view = LiveView()
    for time in range(100):
        view.fold(NoticeEvent(time=time, kind="k", text="t"))
        view.fold(PageEvent(time=time, kind="marker", data={"text": "m"}))
    assert (len(view.notices), len(view.markers)) == (NOTICES, MARKERS)


def test_only_markers_count_as_markers():
    view = LiveView()
    view.fold(PageEvent(time=0, kind="rating", data={"valence": 0.5, "arousal": 0.5}))
    assert view.markers == ()


def test_a_phase_began_when_it_last_came():
    view = LiveView()
    for time, phase in enumerate(("waiting", "playing", "paused", "playing")):
        view.fold(PhaseEvent(time=time, phase=phase, reason=""))
    assert view.phase_began("playing") == 3
    assert view.phase_began("ended") is None


def choice(action, proposal):
    return PlanChoiceEvent(
        time=0.0, who="researcher", action=action, before=None, after=None, proposal=proposal
    )


def test_a_proposal_stands_until_something_is_decided_about_it():
    view = LiveView()
    view.fold(choice("propose", {"made_by": "m"}))
    view.fold(choice("edit", None))
    assert view.proposal is not None
    view.fold(choice("reject", {"made_by": "m"}))
    assert view.proposal is None
