"""Entries have sources, and a user's own are kept apart, whole or not at all."""

import json

import pytest

from affectlab.errors import InvalidData, UnreadableFile
from affectlab.planning.knowledge import store

CONTENT = {
    "id": "tempo-mine-01",
    "topic": "tempo",
    "claim": "Slow drums calmed our choir.",
    "implies": [{"field": "tempo_bpm", "direction": "lower", "value": [50, 60], "when": "rehearsal"}],
    "population": "one choir",
    "evidence": {"level": "expert"},
    "source": {"title": "Notes of a choir", "url": "https://example.org/notes"},
}


def write(path, *contents):
    path.write_text("".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in contents), "utf-8")
    return path


def test_shipped_entries_are_in_order_and_many():
    assert store.check() == []
    assert len(store.shipped()) >= 150
    assert len({entry.id for entry in store.shipped()}) == len(store.shipped())


def test_every_shipped_entry_says_where_it_comes_from_and_what_was_seen():
    for entry in store.shipped():
        assert entry.source.title[0] not in "([", entry.id
        assert entry.source.doi or entry.source.url, entry.id
        assert entry.verified is not None, entry.id
        assert entry.id.startswith(entry.topic), entry.id


def test_every_field_and_contraindication_has_an_entry():
    from typing import get_args

    from affectlab.planning.plan import PlanField
    from affectlab.planning.profile import Contraindication

    entries = store.shipped()
    assert {
        field for field in get_args(PlanField) if not any(one.speaks_for(field) for one in entries)
    } == set()
    assert set().union(*(one.contraindications for one in entries)) == set(get_args(Contraindication))


def test_own_entries_are_added_and_named_apart(tmp_path):
    folder = tmp_path / "own"
    added, faults = store.add(write(tmp_path / "choir.jsonl", CONTENT), folder)
    assert [one.id for one in added] == ["own:tempo-mine-01"]
    assert not faults
    assert store.own(folder) == added
    assert store.everything(folder) == (*store.shipped(), *added)


def test_no_own_entries_without_a_folder(tmp_path):
    assert store.own(tmp_path / "absent") == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"source": {"title": "Notes of a choir"}}, "a source needs a doi or a url"),
        ({"source": None}, "source"),
        ({"topic": "astrology"}, "topic"),
        ({"id": "own:tempo-mine-02"}, "begins with 'own:'"),
        ({"implies": []}, "implies"),
        ({"colour": "red"}, "colour"),
        ({"id": "tempo-mine-01"}, "occurs already"),
    ],
)
def test_a_faulty_line_keeps_the_whole_file_out(tmp_path, change, said):
    folder = tmp_path / "own"
    file = write(tmp_path / "choir.jsonl", CONTENT, CONTENT | {"id": "tempo-mine-02"} | change)
    added, (fault,) = store.add(file, folder)
    assert added == ()
    assert str(fault).startswith("choir.jsonl line 2: ")
    assert said in str(fault)
    assert store.own(folder) == ()


def test_every_faulty_line_is_named(tmp_path):
    file = tmp_path / "rubbish.jsonl"
    file.write_text("{\n\n[]\nnothing\n", "utf-8")
    assert [fault.line for fault in store.add(file, tmp_path / "own")[1]] == [1, 3, 4]


def test_an_empty_file_is_no_addition(tmp_path):
    (fault,) = store.add(write(tmp_path / "empty.jsonl"), tmp_path / "own")[1]
    assert "no entry" in str(fault)


def test_ids_are_unique_over_the_files_of_a_folder(tmp_path):
    folder = tmp_path / "own"
    store.add(write(tmp_path / "first.jsonl", CONTENT), folder)
    (fault,) = store.add(write(tmp_path / "second.jsonl", CONTENT), folder)[1]
    assert "occurs already" in str(fault)
    with pytest.raises(InvalidData, match="exists; remove it first"):
        store.add(write(tmp_path / "first.jsonl", CONTENT | {"id": "tempo-mine-03"}), folder)


def test_a_folder_that_was_spoilt_says_how_to_look(tmp_path):
    write(tmp_path / "spoilt.jsonl", {"id": "x"})
    with pytest.raises(InvalidData, match="affectlab plan knowledge check"):
        store.own(tmp_path)
    assert [fault.file.name for fault in store.check(tmp_path)] == ["spoilt.jsonl"]


def test_what_cannot_be_read_is_said(tmp_path):
    with pytest.raises(UnreadableFile, match="expected JSON Lines"):
        store.add(tmp_path / "absent.jsonl", tmp_path / "own")
