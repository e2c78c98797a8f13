"""Rows and pairs are built the same each time, and nothing of one question is on two sides of the split."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from counsel_rows import ANSWER, QUESTION, json_lines, letters, made_up

from affectlab.counsel.data import read_pairs, read_rows
from affectlab.counsel.data.build import build
from affectlab.counsel.data.settings import CONSTRUCTED, DataSettings
from affectlab.counsel.unsafe import unsafe_kinds
from affectlab.errors import CounselError


def _built(tmp_path: Path, records: list[Any], **settings: Any) -> dict[str, Any]:
    path = json_lines(tmp_path / "own.jsonl", records)
    return build(DataSettings(sets={"own": path}, out=tmp_path / "out", **settings))


def _filters(about: dict[str, Any]) -> dict[str, int]:
    return {one["filter"]: one["rows"] for one in about["filters"]}


def test_the_same_settings_give_the_same_files(tmp_path: Path) -> None:
    records = letters(30)
    first = _built(tmp_path, records)
    assert first["files"] == _built(tmp_path, records)["files"]
    assert first["files"] != _built(tmp_path, records, seed=1)["files"]
    assert (
        json.loads((tmp_path / "out" / "dataset.json").read_text())["files"].keys() == first["files"].keys()
    )


def test_no_question_is_on_two_sides_of_the_split(tmp_path: Path) -> None:
    records = letters(60)
    copies = [{**one, "id": f"copy{one['id']}", "question": f"{one['question']} Please."} for one in records]
    _built(tmp_path, [*records, *copies], validation=0.3, test=0.3)
    sides = defaultdict(set)
    for row in [*read_rows(tmp_path / "out"), *read_pairs(tmp_path / "out")]:
        sides[row.group].add(row.split)
        sides[row.turns[-1].text.removesuffix(" Please.")].add(row.split)
    assert {len(found) for found in sides.values()} == {1}


def test_an_answer_that_stands_elsewhere_keeps_questions_together(tmp_path: Path) -> None:
    records = letters(20)
    records[0]["answer"] = records[-1]["answer"] = f"{ANSWER} {made_up('both', 20)}"
    _built(tmp_path, records)
    groups = {row.id: row.group for row in read_rows(tmp_path / "out")}
    assert groups["own-0-0"] == groups["own-19-1"]
    assert groups["own-0-0"] != groups["own-5-0"]


def test_a_row_that_is_there_already_is_left_out(tmp_path: Path) -> None:
    records = letters(4)
    about = _built(tmp_path, [*records, {**records[0], "id": "again"}])
    assert _filters(about) == {"repeated": 1}
    assert "own-again" not in {row.id for row in read_rows(tmp_path / "out")}


def test_each_filter_counts_what_it_takes(tmp_path: Path) -> None:
    odd = [
        {"id": "short", "question": QUESTION, "answer": "That is hard."},
        {"id": "long", "question": "I am so worried. " * 6250, "answer": ANSWER},
        {"id": "german", "question": QUESTION, "answer": "Das ist schwer und braucht Zeit. " * 12},
        {"id": "mixed", "question": "我睡不着，怎么办？", "answer": ANSWER},
        {"id": "none", "question": QUESTION},
        {"id": "0-0", "question": QUESTION, "answer": ANSWER},
    ]
    about = _built(tmp_path, [*letters(3), *odd])
    assert _filters(about) == {
        "answer_short": 1,
        "question_long": 1,
        "answer_language": 1,
        "question_language": 1,
        "unreadable": 2,
    }
    assert about["problems"] == [
        "own.jsonl:8: 106249 characters before the answer; expected at most 8000",
        "own.jsonl:11: it has no answer; expected text",
        "own.jsonl:12: its id '0-0' stands twice; expected ids that differ",
    ]


def test_strict_refuses_the_first_bad_row(tmp_path: Path) -> None:
    with pytest.raises(CounselError, match=r"own\.jsonl:2: it has no answer"):
        _built(tmp_path, [{"question": QUESTION, "answer": ANSWER}, {"question": QUESTION}], strict=True)
    assert not (tmp_path / "out").exists()


def test_a_set_without_a_usable_row_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CounselError, match=r"no row that can be used \(own\.jsonl:1: it has no answer"):
        _built(tmp_path, [{"question": QUESTION}])


def test_where_no_row_is_left_the_counts_say_why(tmp_path: Path) -> None:
    records = [{"question": QUESTION}, {"question": QUESTION, "answer": "Yes."}]
    with pytest.raises(
        CounselError, match=r"no row is left: own\.jsonl:1: it has no answer.*answer_short 1; mend"
    ):
        _built(tmp_path, records)


def test_personal_data_are_replaced_and_counted(tmp_path: Path) -> None:
    records = [*letters(2), {"id": "p", "question": QUESTION, "answer": f"{ANSWER} Mail me: a@b.example.org"}]
    about = _built(tmp_path, records)
    assert about["personal"] == {"e-mail": 1}
    row = next(row for row in read_rows(tmp_path / "out") if row.id == "own-p")
    assert row.answer.endswith("[e-mail]")
    assert row.provenance["scrubbed"] == {"e-mail": 1}


@pytest.mark.parametrize("keep", [False, True])
def test_unsafe_advice_stays_out_of_training_unless_asked(tmp_path: Path, keep: bool) -> None:
    bad = {"id": "u", "question": QUESTION, "answer": f"{ANSWER} Just stop taking your medication."}
    about = _built(tmp_path, [*letters(3), bad], validation=0, test=0, keep_unsafe=keep)
    assert _filters(about)["flagged_medication"] == 1
    assert ("own-u" in {row.id for row in read_rows(tmp_path / "out")}) is keep
    assert not any("own-u" in pair.provenance["from"] for pair in read_pairs(tmp_path / "out"))


def test_flagged_answers_stay_in_the_test_split_with_their_flag(tmp_path: Path) -> None:
    bad = {"id": "u", "question": QUESTION, "answer": f"{ANSWER} Just stop taking your medication."}
    _built(tmp_path, [*letters(3), bad], validation=0, test=0.999999)
    row = next(row for row in read_rows(tmp_path / "out") if row.id == "own-u")
    assert row.provenance["flags"] == ["medication"]


def test_pairs_by_votes_compare_answers_to_one_question(tmp_path: Path) -> None:
    _built(tmp_path, letters(5), votes_margin=3)
    answers = {row.answer: row for row in read_rows(tmp_path / "out")}
    pairs = [pair for pair in read_pairs(tmp_path / "out") if pair.kind == "votes"]
    assert len(pairs) == 5
    for pair in pairs:
        better, worse = answers[pair.chosen], answers[pair.rejected]
        assert better.turns == worse.turns == pair.turns
        assert (better.votes or 0) - (worse.votes or 0) == 3
    _built(tmp_path, letters(5), votes_margin=4)
    assert not [pair for pair in read_pairs(tmp_path / "out") if pair.kind == "votes"]


def test_constructed_answers_are_what_their_kind_says(tmp_path: Path) -> None:
    _built(tmp_path, letters(12), validation=0, test=0)
    answers = {row.answer: row for row in read_rows(tmp_path / "out")}
    pairs = read_pairs(tmp_path / "out")
    by_kind = {kind: [pair for pair in pairs if pair.kind == kind] for kind in CONSTRUCTED}
    assert {len(found) for found in by_kind.values()} == {12}
    for pair in by_kind["echo"]:
        assert "What can you do about your" in pair.rejected
    for pair in by_kind["off_topic"]:
        assert answers[pair.rejected].group != pair.group
        assert answers[pair.rejected].split == pair.split
    for pair in by_kind["unsafe"]:
        assert unsafe_kinds(pair.rejected, pair.language)
        assert not unsafe_kinds(pair.chosen, pair.language)
    for kind in ("generic", "preachy"):
        assert all(0.5 < len(pair.rejected) / len(pair.chosen) < 1.5 for pair in by_kind[kind])


def test_fewer_questions_and_kinds_can_be_asked_for(tmp_path: Path) -> None:
    about = _built(tmp_path, letters(9), max_pairs=4, negatives=("echo",), validation=0, test=0)
    assert about["pairs"]["train"] == {"echo": 4, "votes": 9}


def _dialogues(tmp_path: Path) -> Path:
    told = []
    for number in range(6):
        turns = []
        for place in range(3):
            tag = made_up(f"{number} {place}", 6)
            turns += [
                {"role": "client", "text": f"I am worried about the {tag} and what it does to all of us."},
                {"role": "counsellor", "text": f"What is it in the {tag} that you are most afraid of now?"},
            ]
        told.append({"id": f"d{number}", "turns": turns})
    return json_lines(tmp_path / "d.jsonl", told)


@pytest.mark.parametrize(("turns", "rows"), [("one", 6), ("all", 18)])
def test_a_conversation_gives_one_drawn_turn_or_all(tmp_path: Path, turns: str, rows: int) -> None:
    sets = {"cpsycound": _dialogues(tmp_path)}
    build(DataSettings(sets=sets, out=tmp_path / "out", turns=turns, alike=0.9))
    found = read_rows(tmp_path / "out")
    assert len(found) == rows
    assert len({row.group for row in found}) == 6


def test_licences_say_whether_weights_may_be_handed_on(tmp_path: Path) -> None:
    sets = {"cpsycound": _dialogues(tmp_path)}
    assert build(DataSettings(sets=sets, out=tmp_path / "out"))["may_ship"] is True
    own = json_lines(tmp_path / "own.jsonl", letters(2))
    about = build(DataSettings(sets={**sets, "own": own}, out=tmp_path / "out"))
    assert about["may_ship"] is False
    assert {row.provenance["licence"] for row in read_rows(tmp_path / "out")} == {"CC BY 4.0", "yours to say"}


@pytest.mark.parametrize("line", ["{", '{"id": "x"}', "[]"])
def test_a_line_that_is_no_row_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(f"\n{line}\n", encoding="utf-8")
    with pytest.raises(CounselError, match=r"rows\.jsonl:2: .*expected a CounselRow"):
        read_rows(path)


@pytest.mark.data
def test_the_real_set_is_built_without_leaks(data_root: Path, tmp_path: Path) -> None:
    path = data_root / "counsel_chat"
    if not path.is_dir():
        pytest.skip(f"no counsel_chat in {data_root}")
    about = build(DataSettings(sets={"counselchat": path}, out=tmp_path, negatives=("generic",), max_pairs=9))
    assert _filters(about)["repeated"] > 100
    sides = defaultdict(set)
    for row in read_rows(tmp_path):
        sides[row.turns[-1].text].add(row.split)
    assert {len(found) for found in sides.values()} == {1}
    assert about["problems"] == []
