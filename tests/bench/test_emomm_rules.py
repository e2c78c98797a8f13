import pytest
from emomm_clips import clip
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from affectlab.affect import sims5_class
from affectlab.bench.emomm.rules import EMOTIONS6, SIMS5, EmoMMRules, label_set
from affectlab.errors import InvalidData

label = st.sampled_from(list(SIMS5.words))
modality = st.sampled_from(["T", "A", "V"])


@given(st.floats(-1, 1))
def test_the_default_classes_are_those_of_ch_sims(value) -> None:
    assert EmoMMRules().class_of(value) == sims5_class(value)


def test_a_value_on_an_edge_belongs_to_the_class_below() -> None:
    rules = EmoMMRules()
    assert [rules.class_of(edge) for edge in (-0.7, -0.1, 0.1, 0.7)] == ["N", "WN", "Neu", "WP"]


def test_other_edges_class_otherwise() -> None:
    assert EmoMMRules(edges=(-0.5, -0.1, 0.1, 0.5)).class_of(0.6) == "P"
    assert EmoMMRules().class_of(0.6) == "WP"


@pytest.mark.parametrize("edges", [(0.7, 0.1, -0.1, -0.7), (-1.0, 0.0, 0.1, 0.2), (-0.7, -0.1, 0.1, 1.0)])
def test_edges_that_do_not_part_the_range_are_refused(edges) -> None:
    with pytest.raises(ValidationError, match="edges must ascend within"):
        EmoMMRules(edges=edges)


@pytest.mark.parametrize(
    ("rating", "expected"),
    [(-3, "N"), (-2.2, "N"), (-2.1, "N"), (-2.0, "WN"), (-0.3, "WN"), (-0.2, "Neu"), (0.3, "Neu"), (3, "P")],
)
def test_mosi_ratings_are_a_third_on_the_same_scale(rating, expected) -> None:
    rules = EmoMMRules()
    assert rules.class_of(rules.from_mosi(rating)) == expected


def test_a_mosi_rating_off_its_scale_is_named() -> None:
    with pytest.raises(InvalidData, match=r"rating 3.5 lies outside \[-3, 3\]"):
        EmoMMRules().from_mosi(3.5)


def test_the_examples_of_the_paper() -> None:
    # arXiv 2605.01024, figures: T=P, V=WP with reference P is aligned; A=P with reference Neu is not.
    rules = EmoMMRules()
    assert not rules.in_conflict({"T": "P", "A": "P", "V": "WP", "M": "P"}, "TV")
    assert rules.in_conflict({"T": "Neu", "A": "P", "V": "Neu", "M": "Neu"}, "TAV")


def test_only_available_modalities_can_conflict() -> None:
    labels = {"T": "P", "A": "N", "V": "WP", "M": "P"}
    assert not EmoMMRules().in_conflict(labels, "TV")
    assert EmoMMRules().in_conflict(labels, "TA")


def test_the_two_definitions_differ_where_all_modalities_miss_the_reference() -> None:
    labels = {"T": "N", "A": "WN", "V": "N", "M": "P"}
    assert EmoMMRules().in_conflict(labels, "TAV")
    assert not EmoMMRules(conflict="unimodal").in_conflict(labels, "TAV")


@given(st.fixed_dictionaries(dict.fromkeys("TAVM", label)), st.sets(modality, min_size=1))
def test_modalities_in_conflict_among_themselves_conflict_with_any_reference(labels, modalities) -> None:
    if EmoMMRules(conflict="unimodal").in_conflict(labels, modalities):
        assert EmoMMRules().in_conflict(labels, modalities)


@given(st.fixed_dictionaries(dict.fromkeys("TAVM", label)), modality)
def test_with_more_modalities_conflict_never_goes_away(labels, one) -> None:
    for rules in (EmoMMRules(), EmoMMRules(conflict="unimodal")):
        assert rules.in_conflict(labels, "TAV") >= rules.in_conflict(labels, {"T", one})


def test_emotions_agree_only_when_they_are_the_same() -> None:
    labels = {"T": "N", "A": "A", "V": "D", "M": "D"}
    assert EmoMMRules().in_conflict(labels, "AV", EMOTIONS6)
    assert not EmoMMRules().in_conflict(labels, "V", EMOTIONS6)


def test_rules_cannot_be_misspelt() -> None:
    with pytest.raises(ValidationError, match="mosi_scal"):
        EmoMMRules(mosi_scal=3)


def test_an_unknown_corpus_is_named_with_those_known() -> None:
    with pytest.raises(InvalidData, match="unknown corpus 'ravdess'; known are sims, mosi, synth, crema_d"):
        label_set(clip(corpus="ravdess").corpus)
