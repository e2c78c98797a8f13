import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectlab.affect import AffectState
from affectlab.planning import AffectTarget, PlanRequest, RulePlanner
from affectlab.planning.plan import Citation
from affectlab.session.events import PlanEvent
from affectlab.studio.panels.plan import by_field, heading
from affectlab.studio.panels.plan_form import UNCHANGED, edited, form_of

REQUEST = PlanRequest(
    AffectState.at(0.0, 0.0, sd=0.3), AffectTarget(valence=0.4, arousal=-0.5), "relax", 10.0, "start"
)
PLAN = (
    RulePlanner()
    .plan(REQUEST)
    .model_copy(
        update={
            "citations": (
                Citation(entry="tempo-one", field="tempo_bpm"),
                Citation(entry="mode-one", field="attributes.mode"),
                Citation(entry="tempo-two", field="tempo_bpm"),
            )
        }
    )
)


def test_a_form_that_was_not_touched_changes_nothing() -> None:
    assert edited(PLAN, form_of(PLAN)).messages == {"": UNCHANGED}


def test_an_edit_changes_what_it_says_and_leaves_the_rest_to_the_last_digit() -> None:
    made = edited(PLAN, {**form_of(PLAN), "tempo_bpm": "66", "attributes.instruments": " Harp, cello "}).plan
    assert (made.tempo_bpm, made.attributes.instruments) == (66.0, ("harp", "cello"))
    assert made.made_by == "researcher"
    assert made.section_dynamics == PLAN.section_dynamics
    assert made.trajectory == PLAN.trajectory
    assert made.texture_density == PLAN.texture_density


def test_citations_of_what_was_changed_are_left_out() -> None:
    made = edited(PLAN, {**form_of(PLAN), "tempo_bpm": "66"}).plan
    assert [one.entry for one in made.citations] == ["mode-one"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tempo_bpm", "500"),
        ("tempo_bpm", ""),
        ("tempo_bpm", "nan"),
        ("texture_density", "-1"),
        ("attributes.mode", "phrygian"),
        ("attributes.register", "cellar"),
        ("attributes.instruments", " , "),
        ("section_dynamics.1", "2"),
        ("trajectory.2.arousal", "up"),
    ],
)
def test_a_mistake_is_said_beside_its_field_and_makes_no_plan(name, value) -> None:
    result = edited(PLAN, {**form_of(PLAN), name: value})
    assert result.plan is None
    assert list(result.messages) == [name]


@given(st.dictionaries(st.sampled_from(sorted(form_of(PLAN))), st.text(max_size=20)))
def test_whatever_is_typed_there_is_a_plan_or_a_message(typed) -> None:
    result = edited(PLAN, {**form_of(PLAN), **typed})
    assert (result.plan is None) == bool(result.messages)


def test_citations_are_shown_field_by_field() -> None:
    assert by_field(PLAN.model_dump(by_alias=True)) == [
        ("mode", ("mode-one",)),
        ("tempo", ("tempo-one", "tempo-two")),
    ]


def test_a_blinded_page_does_not_tell_that_the_music_listens() -> None:
    event = PlanEvent(time=61.0, planner="rules", reason="residual: the person is away", plan={})
    assert heading(event, unblinded=False) == "by rules, 1:01, made again"
    assert heading(event, unblinded=True) == "by rules, 1:01, residual: the person is away"
