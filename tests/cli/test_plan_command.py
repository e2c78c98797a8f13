"""``affectlab plan make``."""

import json

import pytest

from affectlab.cli import main
from affectlab.planning import InterventionPlan

HERE = ("plan", "make", "--valence", "-0.5", "--arousal", "0.6", "--goal", "relax")


def printed(capfd, *arguments):
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert not left.value.code
    return capfd.readouterr().out


def test_a_plan_is_one_json_object_that_any_planner_could_have_made(capfd, tmp_path) -> None:
    profile = tmp_path / "person.toml"
    profile.write_text('preferred = ["harp"]\ncontraindications = ["cardiac"]\n')
    content = json.loads(printed(capfd, *HERE, "--profile", str(profile), "--explain", "--json"))
    changes = content.pop("effects")
    assert content.pop("command") == "plan make"
    plan = InterventionPlan.model_validate(content)
    assert (plan.made_by, plan.fallback_reason) == ("rules", None)
    assert plan.citations
    assert "contraindication cardiac" in {one["without"] for one in changes}


def test_a_plan_is_shown_with_its_grounds(capfd) -> None:
    out = printed(capfd, *HERE)
    assert "iso-principle-practice-02" in out
    assert "stop at" in out


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('contraindications = ["musicogenic_epilepsy"]', "no music is planned"),
        ('favourite = ["harp"]', "favourite"),
        ("preferred = [", "expected a TOML file"),
    ],
)
def test_a_profile_that_cannot_be_used_is_one_line(mistake, tmp_path, content, line) -> None:
    profile = tmp_path / "person.toml"
    profile.write_text(content)
    assert line in mistake(*HERE, "--profile", str(profile))


def test_an_unknown_planner_is_one_line(mistake) -> None:
    assert "planner 'oracle'" in mistake(*HERE, "--planner", "oracle")
