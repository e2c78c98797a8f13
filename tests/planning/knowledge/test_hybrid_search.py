"""What is asked is found, in English and Chinese, and what is not for the person is left out."""

import json
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectlab.planning.knowledge import Wanted, dense
from affectlab.planning.knowledge.embedder import NAME, Embedder, models_folder
from affectlab.planning.knowledge.hybrid import WITHOUT, HybridRetriever, open_retriever
from affectlab.planning.knowledge.store import shipped
from affectlab.planning.knowledge.words import asked, lexicon
from affectlab.planning.profile import Contraindication

KEYS = get_args(Contraindication)
QUERIES = Path(__file__).parents[3] / "benchmarks" / "retrieval_queries.jsonl"
people = st.frozensets(st.sampled_from(KEYS))


@pytest.fixture(scope="module")
def words():
    return HybridRetriever(shipped())


@pytest.fixture(scope="module")
def embedder():
    folder = models_folder() / NAME
    if not folder.is_dir():
        pytest.skip(f"no text embedder in {folder}; affectlab models pull {NAME}")
    return Embedder(folder)


def ids(found):
    return [one.entry.id for one in found]


def test_the_same_words_are_nearest(words):
    for entry in shipped()[::10]:
        assert entry.id in ids(words.search(Wanted(entry.claim, None, 3)))


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("听音乐会诱发癫痫吗", "musicogenic"),
        ("耳鸣的人怎么听音乐", "tinnitus"),
        ("连奏和断奏", "articulation"),
    ],
)
def test_chinese_questions_are_found_by_the_lexicon(words, question, topic):
    found = words.search(Wanted(question, None, 5))
    assert topic in found[0].entry.id
    assert found[0].bm25 == 1
    assert found[0].dense is None


def test_longer_terms_win_in_the_lexicon():
    assert asked("高血压") == ["hypertension", "blood", "pressure", "高血", "血压"]
    assert asked("高血压", translated=False) == ["高血", "血压"]
    assert all(term and english for term, english in lexicon().items())


def test_chinese_entries_of_ones_own_are_found_by_their_characters():
    own = shipped()[0].model_copy(update={"id": "own:erhu", "claim": "二胡独奏让合唱团平静。"})
    found = HybridRetriever([*shipped(), own]).search(Wanted("合唱团", None, 1))
    assert ids(found) == ["own:erhu"]


@given(st.text(), people, st.integers(1, 20))
def test_no_text_breaks_the_search(words, text, person, limit):
    found = words.search(Wanted(text, person, limit))
    assert len(found) <= limit
    assert len({one.entry.id for one in found}) == len(found)


@given(people.filter(bool), st.sampled_from(["calm music for sleep", "疼痛", "x"]))
def test_each_contraindication_of_the_person_leads_and_those_of_others_are_absent(words, person, text):
    found = words.search(Wanted(text, person, 30))
    for one in found:
        assert not one.entry.contraindications or one.entry.contraindications & person
    leading = [bool(one.entry.contraindications) for one in found]
    count = leading.index(False) if False in leading else len(leading)
    assert person <= set().union(*(one.entry.contraindications for one in found[:count]))


def test_nobody_has_no_contraindications(words):
    assert not any(one.entry.contraindications for one in words.search(Wanted("epilepsy seizure", limit=40)))
    assert words.search(Wanted("epilepsy seizure", None))[0].entry.contraindications


def test_an_entry_is_found_by_its_name(words):
    assert words.entry(shipped()[3].id) is shipped()[3]
    assert words.entry("nothing-01") is None


def test_without_an_embedder_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("AFFECTLAB_MODELS", str(tmp_path))
    retriever = open_retriever(tmp_path)
    assert retriever.note == WITHOUT
    assert retriever.search(Wanted("slow tempo"))


def test_a_broken_embedder_costs_only_meaning(tmp_path, monkeypatch):
    monkeypatch.setenv("AFFECTLAB_MODELS", str(tmp_path))
    (tmp_path / NAME).mkdir()
    retriever = open_retriever(tmp_path)
    assert "searched by words alone" in retriever.note
    assert "models pull" in retriever.note
    assert retriever.search(Wanted("slow tempo"))


def test_shipped_vectors_are_of_the_shipped_texts():
    kept = dense.read_vectors(dense.SHIPPED)
    assert {dense.key(entry) for entry in shipped()} == kept.keys()
    lengths = np.linalg.norm(np.array(list(kept.values()), np.float32), axis=1)
    np.testing.assert_allclose(lengths, 1, atol=2e-3)


def test_exact_vectors_come_by_dot_product():
    vectors = dense.ExactVectors(np.eye(4, dtype=np.float32))
    asked_for = np.array([0.1, 0.9, 0.5, 0.2], np.float32)
    assert vectors.nearest(asked_for, 3) == [1, 2, 3]
    assert vectors.nearest(asked_for, 9, frozenset({1})) == [2, 3, 0]
    assert vectors.nearest(asked_for, 2, frozenset(range(4))) == []


def test_lance_finds_about_what_numpy_finds(tmp_path):
    pytest.importorskip("lancedb", reason="LanceDB comes with the extra scale")
    from affectlab.planning.knowledge.lance import LanceVectors

    random = np.random.default_rng(0)
    made = random.normal(size=(3000, 384)).astype(np.float32)
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    index, exact = LanceVectors(made, tmp_path), dense.ExactVectors(made)
    for one in range(5):
        assert index.nearest(made[one], 10)[0] == one
        assert one not in index.nearest(made[one], 10, frozenset({one}))
        assert len(set(index.nearest(made[one], 10)) & set(exact.nearest(made[one], 10))) >= 3
    assert LanceVectors(made, tmp_path).nearest(made[0], 1) == [0]
    assert len(list(tmp_path.iterdir())) == 1


def test_meaning_crosses_languages(embedder):
    rows = embedder.queries(
        ["睡觉前听什么音乐", "What music before going to sleep?", "The copper price rose"]
    )
    assert rows.shape == (3, 384)
    same, other = rows[0] @ rows[1], rows[0] @ rows[2]
    assert same > other + 0.05


def test_shipped_vectors_are_what_the_embedder_makes(embedder):
    kept = dense.read_vectors(dense.SHIPPED)
    for entry in shipped()[::97]:
        (made,) = embedder.passages([dense.passage(entry)])
        assert made @ kept[dense.key(entry)] > 0.999


def test_texts_are_embedded_once(embedder, tmp_path):
    own = shipped()[0].model_copy(update={"id": "own:new", "claim": "A new claim."})
    first = dense.embedded([own], embedder, tmp_path)
    (file,) = tmp_path.iterdir()
    before = file.stat().st_mtime_ns
    np.testing.assert_allclose(dense.embedded([own], embedder, tmp_path), first, atol=1e-3)
    assert file.stat().st_mtime_ns == before
    file.write_bytes(b"rubbish")
    np.testing.assert_allclose(dense.embedded([own], embedder, tmp_path), first, atol=1e-3)


def test_both_ways_agree_on_ranks(embedder):
    retriever = HybridRetriever(shipped(), embedder, dense.ExactVectors(dense.embedded(shipped(), embedder)))
    found = retriever.search(Wanted("听音乐会诱发癫痫吗", None, 5))
    assert any(one.bm25 and one.dense for one in found)
    assert all("epilep" in one.entry.claim for one in found[:2])


def test_labelled_questions_name_entries_that_exist():
    rows = [json.loads(line) for line in QUERIES.read_text("utf-8").splitlines()]
    known = {entry.id for entry in shipped()}
    assert sum(row["set"] == "development" for row in rows) >= 60
    assert sum(row["set"] == "held-out" for row in rows) >= 20
    for row in rows:
        assert row["relevant"].keys() <= known, row["query"]
        assert set(row["relevant"].values()) <= {1, 2}, row["query"]
        assert row["relevant"], row["query"]
