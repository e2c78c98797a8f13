"""Which text names which way of steering, and what is said of one that names none."""

from __future__ import annotations

import subprocess
import sys
from typing import get_args

import numpy as np
import pytest
import torch

from affectlab.errors import SteeringError
from affectlab.models import Capabilities, Identity, ModelOptions, Quote, Request, load_model
from affectlab.steering.model import SteeredModel
from affectlab.steering.model_print import print_of
from affectlab.steering.plan import ChasePlan, ChaseSettings, DataPrint, HeadScores, LayerPlan, write_plan
from affectlab.steering.registry import STEERINGS, load_steering, steer_named
from affectlab.steering.rivals import RIVALS
from affectlab.steering.rivals.prompt import SENTENCES

LABELS = ("negative", "neutral", "positive")
WORDS = Request(("Transcript: ", Quote("I am so glad."), "\nWhich emotion?"))


@pytest.fixture(scope="module")
def organism():
    torch.set_num_threads(1)
    return load_model("organism", ModelOptions())


@pytest.fixture
def plan_path(organism, tmp_path):
    plan = ChasePlan(
        model=print_of(organism.weights, "organism"),
        data=DataPrint(name="d", samples_sha256="0", split="train", cases=1, conflicts=1, sources=1),
        labels=LABELS,
        settings=ChaseSettings(gate="always", eta=1, target={"A": 1}),
        layers={2: LayerPlan(heads=(1, 3))},
        scores=(HeadScores(layer=4, head=5, causal=0.2),),
    )
    write_plan(plan, tmp_path / "chase.json")
    return tmp_path / "chase.json"


def test_the_list_for_users_is_the_list_of_rivals():
    assert list(STEERINGS) == list(RIVALS)


def test_the_list_can_be_shown_without_loading_torch():
    code = "import sys, affectlab.steering.registry; print('torch' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "False"


@pytest.mark.parametrize("name", sorted(RIVALS))
def test_a_bare_name_is_a_rival_as_it_was_published(organism, name):
    steering = load_steering(name, organism)
    assert steering.name == name
    assert steering.settings.items() >= {"modality": "V"}.items()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pai:alpha=0.25,start=1", {"alpha": 0.25, "start": 1, "rows": "last"}),
        ("duplicate: n=4, modality=A", {"n": 4, "modality": "A"}),
        ("pasta:heads=0.1+2.3", {"chosen": "0.1+2.3"}),
        ("prune:by=attention,keep=.1", {"by": "attention", "keep": 0.1}),
        ("adaptvis:labels=no|maybe, or so|yes,beta=0.4", {"labels": ["no", "maybe, or so", "yes"]}),
        ("prompt:sentence=Look, and see: x is 1,place=begin", {"sentence": "Look, and see: x is 1"}),
        ("prompt", {"sentence": SENTENCES["V"]}),
    ],
)
def test_settings_are_read_from_the_text(organism, text, expected):
    assert load_steering(text, organism).settings.items() >= expected.items()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pie", r"'pie' is no steering; expected a plan file \(\.json\) or one of pasta, spotlight, pai,"),
        ("pai:gamma=2", "pai has no setting 'gamma'; it has modality, start, alpha, rows"),
        ("pai:alpha=much", "--steer pai: setting 'alpha' is 'much': input should be a valid number"),
        ("pai:alpha=-1", "setting 'alpha' is '-1': input should be greater than or equal to 0"),
        ("pai:alpha", "'pai:alpha' is not understood; write pai:key=value,key=value"),
        ("pai:start=6", "start is 6, but the model's layers are 0 to 5"),
        ("pasta:heads=plan", "there is none; say heads=all"),
        ("spotlight:modality=W", "setting 'modality' is 'W'"),
        ("none.json", "none.json does not exist; make a plan: affectlab steer fit"),
        ("pasta:heads=plan,plan=none.json", "none.json does not exist"),
    ],
)
def test_what_names_no_steering_is_one_line_that_says_what_would(organism, text, message):
    with pytest.raises(SteeringError, match=message) as caught:
        load_steering(text, organism)
    assert "\n" not in str(caught.value)


def test_a_plan_file_is_steered_by(organism, plan_path):
    steered = steer_named(organism, str(plan_path))
    assert isinstance(steered, SteeredModel)
    (found,), (stock,) = steered.score([WORDS], LABELS), organism.score([WORDS], LABELS)
    assert steered.identity != organism.identity
    # There is no voice to look at, so nothing moves.
    np.testing.assert_allclose(found.log_likelihoods, stock.log_likelihoods, atol=1e-5)


def test_a_plan_without_the_ending_of_its_name_is_still_a_plan(organism, plan_path):
    bare = plan_path.rename(plan_path.with_suffix(""))
    assert load_steering(str(bare), organism).settings == load_steering(str(bare), organism).settings
    with pytest.raises(SteeringError, match="is no steering"):
        load_steering(f"{bare}x", organism)


def test_a_folder_named_like_a_rival_does_not_hide_it(organism, tmp_path, monkeypatch):
    (tmp_path / "pai").mkdir()
    monkeypatch.chdir(tmp_path)
    assert load_steering("pai", organism).name == "pai"


def test_a_rival_takes_heads_from_a_plan_file(organism, plan_path):
    assert load_steering(f"pasta:heads=plan,plan={plan_path}", organism).settings["chosen"] == "2.1+2.3"
    assert load_steering(f"pasta:heads=plan,part=0.02,plan={plan_path}", organism).settings["chosen"] == "4.5"


@pytest.mark.parametrize("text", ["{}", "pasta:heads=plan,plan={}"])
def test_a_plan_of_another_model_is_refused(organism, plan_path, text):
    content = plan_path.read_text().replace(print_of(organism.weights, "").weights, "0" * 16)
    plan_path.write_text(content)
    with pytest.raises(SteeringError, match="other weights"):
        load_steering(text.format(plan_path), organism)


class Hosted:
    """A model behind a server."""

    can = Capabilities()
    identity = Identity("openai:someone", "")


def test_a_model_that_cannot_be_steered_is_refused():
    with pytest.raises(SteeringError, match="openai:someone") as caught:
        steer_named(Hosted(), "pai")
    assert "\n" not in str(caught.value)


def test_every_modality_has_a_sentence_to_prompt_with(organism):
    for modality in get_args(RIVALS["prompt"].settings.model_fields["modality"].annotation):
        assert load_steering(f"prompt:modality={modality}", organism).settings["sentence"]
