"""Controls of a judge: one that errs in a known way is found out by the figure made for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from toy_judges import Rule, RuleJudge, always, longer

from affectlab.bench.judging import Criterion
from affectlab.bench.judging.cases import Case, control_pairs, scenes
from affectlab.bench.judging.controls import Controls, run_controls
from affectlab.bench.judging.judge import opened_judge
from affectlab.models import Media, Request

FITS = Criterion("fits", {"en": "Which answer fits the scene?", "zh": "哪个回答符合场景？"})


def wise(first: str, second: str, request: Request) -> str:
    """Prefer what has more words of the scene, then the shorter; like paraphrases equally."""
    scene = request.text.partition("===")[0]
    for case in scenes():
        same = {case.right, case.paraphrase}
        if {first, second} == same:
            return "tie"
        for one, place, other in ((first, "1", second), (second, "2", first)):
            about = any(isinstance(part, Media) for part in request.parts) or str(case.scene[0].text) in scene
            if one == case.right and about and other not in same:
                return place
    for case in scenes():
        about = [case.right in one and str(case.scene[0].text) in scene for one in (first, second)]
        if about[0] != about[1]:
            return "1" if about[0] else "2"
    return "tie"


def measured(rule: Rule, folder: Path, *, ratings: bool = False, cases: list[Case] | None = None) -> Controls:
    with opened_judge(RuleJudge(rule, logits=True), folder, reasons=False) as judge:
        return run_controls(judge, cases or scenes("en"), FITS, ratings=ratings, resamples=100)


def value(found: Controls, metric: str) -> float:
    (row,) = (one for one in found.rows if one["metric"] == metric)
    assert row["low"] - 1e-9 <= row["value"] <= row["high"] + 1e-9
    return float(row["value"])


def test_a_judge_that_reads_the_scene_is_trusted(tmp_path: Path) -> None:
    found = measured(wise, tmp_path)
    assert found.trusted, found.line
    assert value(found, "right_over_off") == value(found, "right_over_empty") == 1
    assert value(found, "length_bias") == value(found, "flattery_bias") == 0
    assert value(found, "paraphrase_tie") == 1
    assert value(found, "blindness") == 0


def test_a_judge_of_places_is_found_out(tmp_path: Path) -> None:
    found = measured(always("1"), tmp_path)
    assert value(found, "swap_consistency") == 0
    assert value(found, "position_bias") > 0.4
    assert value(found, "blindness") == 1
    assert not found.trusted
    assert "swap_consistency 0.00, expected at least 0.70" in found.line


def test_a_judge_of_length_is_found_out(tmp_path: Path) -> None:
    found = measured(longer, tmp_path)
    assert value(found, "length_bias") == value(found, "flattery_bias") == 1
    assert value(found, "right_over_empty") == 1
    assert value(found, "blindness") == 1
    assert "length_bias 1.00, expected at most 0.50" in found.line


def test_ratings_of_worse_answers_are_set_beside_that_of_the_right_one(tmp_path: Path) -> None:
    found = measured(always("tie"), tmp_path, ratings=True)
    changes = {row["against"]: row["value"] for row in found.rows if row["metric"] == "rating_change"}
    assert changes.keys() == {"verbose", "flattering", "off", "empty", "truncated", "paraphrase"}
    assert value(found, "rating_gap") == pytest.approx(0)


def test_no_controls_is_no_trust() -> None:
    nothing = Controls((), (), ())
    assert not nothing.trusted
    assert "unknown" in nothing.line


def test_the_scenes_are_whole_in_both_languages() -> None:
    for language, count in (("en", 8), ("zh", 4)):
        cases = scenes(language)
        assert len(cases) == count
        for case in cases:
            answers = {
                kind: case.answer(kind) for kind in ("right", "verbose", "flattering", "off", "paraphrase")
            }
            assert len(set(answers.values())) == 5
            assert case.right in answers["verbose"]
            assert case.answer("empty") == ""
            assert case.right.startswith(case.answer("truncated"))


def test_exchanging_the_context_exchanges_right_and_wrong() -> None:
    case = scenes("en")[0]
    pairs = {one.b.candidate: one for one in control_pairs([case], FITS)}
    assert pairs["off, context exchanged"].context == (case.task, *case.other)
    assert pairs["off, context hidden"].context == (case.task,)
    assert pairs["off, context exchanged"].b.text == pairs["off"].b.text == scenes("en")[1].right
