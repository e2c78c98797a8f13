"""Data sets of Persona-E²: their samples, the licence, the Hub's addresses, and what is made up."""

import json
from collections import Counter

import numpy as np
import pytest
from persona_data import synthetic
from persona_files import GROUPS, change, write_persona

from affectlab.bench.dataset import read_dataset
from affectlab.bench.persona._event_texts import MOST, event_texts
from affectlab.bench.persona.answer_table import answer_table
from affectlab.bench.persona.build import build_persona
from affectlab.bench.persona.event import EMOTIONS
from affectlab.bench.persona.hub import HubFiles
from affectlab.bench.persona.licence import require_licence
from affectlab.bench.persona.synthetic import SyntheticSettings, make_synthetic, trait_logits
from affectlab.cli import main
from affectlab.errors import BenchError, InvalidConfig
from affectlab.prompting.persona import ReaderProfile


def test_a_sample_holds_what_everybody_said(tmp_path, licensed) -> None:
    summary = build_persona(tmp_path / "out", files=str(write_persona(tmp_path / "in")), accept_licence=True)
    data = read_dataset(tmp_path / "out")
    sample = data.samples[0]
    assert sample.id == "persona_11"
    assert sample.subset == "life"
    assert sample.groups == {"source": "11", "event": "11", "data_source": "FMylife"}
    assert sample.target == {**dict.fromkeys(EMOTIONS, 0.0), "anger": 0.4, "sadness": 0.2, "neutral": 0.4}
    assert sample.text == "My bus left early."
    assert sample.details["text"]["zh"] == "我的公交车提前开走了。"
    assert sample.details["readers"]["E4"] == {"emotion": "neutral", "confidence": 4}
    assert sample.details["consensus"]["g2"] == {
        "emotion": "neutral",
        "score": 100.0,
        "members": ["E4", "E5"],
    }
    parameters = data.info.parameters
    assert parameters["level"] == summary.level == "reader"
    assert parameters["groups"] == {group: list(members) for group, members in GROUPS.items()}
    assert parameters["licence"] == "CC BY-NC-SA 4.0"
    assert ReaderProfile.from_json(parameters["profiles"]["E1"]).mbti == "INTJ"
    assert set(data.info.manifest["data"]) == {path.name for path in (tmp_path / "in").iterdir()}


def test_groups_weigh_as_many_members_as_they_have(tmp_path, licensed) -> None:
    folder = write_persona(tmp_path / "in", answers=None)
    build_persona(tmp_path / "out", files=str(folder), accept_licence=True, language="zh")
    data = read_dataset(tmp_path / "out")
    assert data.info.parameters["level"] == "group"
    assert data.samples[0].target == {**dict.fromkeys(EMOTIONS, 0.0), "anger": 0.6, "neutral": 0.4}
    assert data.samples[0].text == "我的公交车提前开走了。"
    table = answer_table(data)
    assert table.units == ("g1", "g2")
    assert table.traits[0, 0] == pytest.approx(0.3)


def test_events_with_the_same_words_stay_together(tmp_path, licensed) -> None:
    folder = write_persona(tmp_path / "in", groups=False)
    change(folder / "1_dataset_all_annotators.csv", "A stranger returned my wallet.", "My bus left early.")
    build_persona(tmp_path / "out", files=str(folder), accept_licence=True)
    first, second, third = read_dataset(tmp_path / "out").samples
    assert (second.groups["source"], second.groups["event"]) == ("11", "12")
    assert first.split == second.split
    assert third.groups["source"] == "13"


def test_the_licence_is_accepted_once_and_never_for_what_is_made_up(tmp_path, licensed) -> None:
    licensed_in = str(write_persona(tmp_path / "in"))
    synthetic(tmp_path / "made", events=4)
    assert not licensed.exists()
    with pytest.raises(BenchError, match="add --accept-licence, once"):
        build_persona(tmp_path / "out", files=licensed_in)
    assert not (tmp_path / "out").exists()
    build_persona(tmp_path / "out", files=licensed_in, accept_licence=True)
    build_persona(tmp_path / "again", files=licensed_in)
    assert json.loads(licensed.read_text(encoding="utf-8"))["persona-e2"]["licence"] == "CC BY-NC-SA 4.0"


def test_other_accepted_licences_are_kept(licensed) -> None:
    licensed.parent.mkdir()
    licensed.write_text('{"other": 1}', encoding="utf-8")
    require_licence(accept=True)
    assert set(json.loads(licensed.read_text(encoding="utf-8"))) == {"other", "persona-e2"}


@pytest.mark.parametrize("content", ["{", "[]"])
def test_a_damaged_record_of_licences_is_one_line(licensed, content) -> None:
    licensed.parent.mkdir()
    licensed.write_text(content, encoding="utf-8")
    with pytest.raises(InvalidConfig, match="remove it and accept"):
        require_licence(accept=True)


def test_the_hub_is_asked_for_the_published_files_at_a_revision() -> None:
    pytest.importorskip("huggingface_hub", reason="huggingface_hub is not installed")
    hub = HubFiles.named("CRIS-Yang/Persona-E2-Dataset@v1")
    assert hub == HubFiles("v1")
    addresses = hub.addresses()
    assert list(addresses) == [
        "1_dataset_all_annotators.csv",
        "2_dataset_group_consensus.csv",
        "3_annotator_profiles.csv",
    ]
    path = "/datasets/CRIS-Yang/Persona-E2-Dataset/resolve/v1/3_annotator_profiles.csv"
    assert addresses["3_annotator_profiles.csv"].endswith(path)
    assert HubFiles.named("CRIS-Yang/Persona-E2-Dataset") == HubFiles("main")
    assert HubFiles.named("data/persona") is None
    with pytest.raises(BenchError, match="names no revision"):
        HubFiles.named("CRIS-Yang/Persona-E2-Dataset@")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ([], "expected one source"),
        (["--synthetic", "--files", "."], "expected one source"),
        (["--files", "nowhere"], "--files nowhere is no folder"),
        (["--synthetic", "--language", "de"], "--language is 'de'; expected en or zh"),
        (["--synthetic", "--effect", "-1"], "--effect is -1"),
        (["--synthetic", "--effect", "nan"], "--effect is nan"),
        (["--synthetic", "--events", "1"], "--events is 1"),
        (["--synthetic", "--readers", "3"], "--readers is 3"),
        (["--synthetic", "--readers", "8"], "groups is 6"),
    ],
)
def test_mistakes_on_the_command_line_are_one_line(mistake, words, line) -> None:
    assert line in mistake("bench", "build", "persona", "--out", "out", *words)


def test_the_build_prints_rows(tmp_path, capsys) -> None:
    words = ["--synthetic", "--events", "12", "--seed", "2", "--json", "--out", str(tmp_path)]
    with pytest.raises(SystemExit) as left:
        main(["bench", "build", "persona", *words])
    assert left.value.code == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["command"] == "bench build persona"
    counts = {row["metric"]: row["value"] for row in printed["rows"]}
    assert counts["answers"] == 12 * 36
    assert printed["manifest"]["config"]["synthetic"]["seed"] == 2


def test_the_same_settings_give_the_same_readers_and_answers(tmp_path) -> None:
    hashes = [
        synthetic(tmp_path / str(number), 0.5, events=10, seed=seed).info.samples_sha256
        for number, seed in enumerate((1, 1, 2))
    ]
    assert hashes[0] == hashes[1] != hashes[2]


def test_what_traits_add_is_of_the_size_asked_for() -> None:
    made = make_synthetic(SyntheticSettings(0.7, 3, 20))
    assert np.sqrt(np.mean(made.trait_logits**2)) == pytest.approx(0.7)
    assert np.allclose(made.trait_logits.sum(axis=1), 0)
    none = make_synthetic(SyntheticSettings(0.0, 3, 20))
    assert not none.trait_logits.any()
    assert np.allclose(made.trait_logits, 0.7 * trait_logits(list(made.corpus.profiles.values())))


def test_answers_follow_the_logits() -> None:
    settings = SyntheticSettings(1.0, 0, 1400, 12, 2)
    made = make_synthetic(settings)
    logits = made.event_logits[:, None] + made.trait_logits + made.habit_logits
    shares = np.exp(logits - np.log(np.exp(logits).sum(axis=2, keepdims=True)))
    found = np.array(
        [[list(EMOTIONS).index(a.emotion) for a in e.answers.values()] for e in made.corpus.events]
    )
    for label in range(7):
        expected = shares[..., label].mean(axis=0)
        assert np.allclose((found == label).mean(axis=0), expected, atol=5 * np.sqrt(0.25 / 1400))
    sure = [a.confidence for e in made.corpus.events for a in e.answers.values()]
    assert set(Counter(sure)) == {1, 2, 3, 4, 5}


def test_made_up_readers_are_composed_like_the_published_ones() -> None:
    corpus = make_synthetic(SyntheticSettings()).corpus
    assert Counter(one.gender for one in corpus.profiles.values()) == {"M": 21, "F": 15}
    assert sum(map(len, corpus.groups.values())) == 36
    assert min(map(len, corpus.groups.values())) >= 2


def test_no_made_up_event_is_there_twice() -> None:
    names = [name for name in EMOTIONS for _ in range(MOST // 7)]
    texts = event_texts(names, np.random.default_rng(0))
    for language in ("en", "zh"):
        assert len({text[language] for text in texts}) == MOST
