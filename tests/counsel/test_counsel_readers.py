"""Every data set is read in the layout in which it is published; what is damaged is named and left out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from counsel_rows import csv_file, json_lines

from affectlab.counsel.data.draft import Bad, Draft
from affectlab.counsel.data.readers.epitome import MECHANISMS
from affectlab.counsel.data.sources import SOURCES
from affectlab.errors import UnreadableFile
from affectlab.models import Turn


def _read(name: str, path: Path) -> tuple[list[Draft], list[Bad]]:
    found = list(SOURCES[name].read(path))
    return [one for one in found if isinstance(one, Draft)], [one for one in found if isinstance(one, Bad)]


def test_counselchat_has_title_text_and_votes(tmp_path: Path) -> None:
    columns = {
        "questionID": "7",
        "questionTitle": "Alone?",
        "questionText": "I feel, at times, alone.",
        "topic": "x",
    }
    path = csv_file(
        tmp_path / "c.csv",
        [
            {**columns, "answerText": "You are not,\nfor I am here.", "upvotes": "2"},
            {**columns, "answerText": " ", "upvotes": "2"},
            {**columns, "answerText": "Hello", "upvotes": "many"},
        ],
    )
    (draft,), bad = _read("counselchat", path)
    assert draft.turns == (Turn("user", "Alone?\nI feel, at times, alone."),)
    assert (draft.answer, draft.votes, draft.conversation) == ("You are not,\nfor I am here.", 2, "7")
    assert [str(one) for one in bad] == [
        "c.csv row 3: it has no answerText; expected text",
        "c.csv row 4: upvotes is 'many'; expected a whole number",
    ]


def test_psyqa_gives_one_draft_for_each_answer(tmp_path: Path) -> None:
    answers = [{"answer_text": text, "has_label": False, "labels_sequence": []} for text in ("一", "二")]
    record = {"question": "问", "description": "述", "keywords": "恋爱", "answers": answers, "questionID": 9}
    path = tmp_path / "p.json"
    path.write_text(json.dumps([record]), encoding="utf-8")
    drafts, bad = _read("psyqa", path)
    assert [(draft.name, draft.answer) for draft in drafts] == [("9-0", "一"), ("9-1", "二")]
    assert drafts[0].turns[0].text == "问\n述"
    assert not bad


def test_a_dialogue_gives_every_answer_with_all_before_it(tmp_path: Path) -> None:
    told = [("client", "a"), ("client", "b"), ("counsellor", "c"), ("client", "d"), ("counsellor", "e")]
    turns = [{"role": role, "text": text} for role, text in told]
    drafts, _ = _read("cpsycound", json_lines(tmp_path / "d.jsonl", [{"id": "k", "turns": turns}]))
    opening = (Turn("user", "a\nb"),)
    assert [(draft.turns, draft.answer) for draft in drafts] == [
        (opening, "c"),
        ((*opening, Turn("assistant", "c"), Turn("user", "d")), "e"),
    ]
    assert {draft.conversation for draft in drafts} == {"k"}


def test_cpsycoune_names_who_speaks_in_the_line(tmp_path: Path) -> None:
    record = {"topic": "Career", "id": "1", "dialogue": ["求助者：我累：很累。", "支持者：我听到了。"]}
    strange = {"topic": "Career", "id": "2", "dialogue": ["路人：你好。"]}
    drafts, bad = _read("cpsycoune", json_lines(tmp_path / "e.jsonl", [record, strange]))
    assert drafts[0].turns == (Turn("user", "我累：很累。"),)
    assert "'路人' speaks" in bad[0].why


def test_esconv_begins_with_the_person(tmp_path: Path) -> None:
    said = [("supporter", "Hello"), ("seeker", "I am sad"), ("supporter", "Why?"), ("supporter", "Tell me.")]
    record = {"emotion_type": "sadness", "dialog": [{"speaker": who, "content": text} for who, text in said]}
    path = tmp_path / "ESConv.json"
    path.write_text(json.dumps([record]), encoding="utf-8")
    (draft,), _ = _read("esconv", tmp_path)
    assert [turn.role for turn in draft.turns] == ["assistant", "user"]
    assert draft.answer == "Why?\nTell me."
    (failed,), _ = _read("failedesconv", path)
    assert failed.extra == {"failed": True}


def test_epitome_joins_its_three_files(tmp_path: Path) -> None:
    for level, mechanism in enumerate(MECHANISMS):
        post = {"sp_id": "s", "rp_id": "r", "seeker_post": "I am sad", "response_post": "Oh no"}
        csv_file(tmp_path / f"{mechanism}-reddit.csv", [{**post, "level": level, "rationales": ""}])
    (draft,), _ = _read("epitome", tmp_path)
    assert draft.extra == {"epitome": {"emotional-reactions": 0, "interpretations": 1, "explorations": 2}}
    (tmp_path / "explorations-reddit.csv").unlink()
    with pytest.raises(UnreadableFile, match=r"explorations-reddit\.csv"):
        _read("epitome", tmp_path)


def test_empathyqa_answers_are_texts_or_objects(tmp_path: Path) -> None:
    record = {"question": "问", "topic": "家庭", "subtopic": "父母", "answers": ["甲", {"text": "乙"}]}
    drafts, _ = _read("empathyqa", json_lines(tmp_path / "q.jsonl", [record]))
    assert [draft.answer for draft in drafts] == ["甲", "乙"]
    assert drafts[0].topic == "家庭/父母"


@pytest.mark.parametrize(
    ("record", "why"),
    [
        ({"question": "Why?"}, "no answer"),
        ({"answer": "Because."}, "no question"),
        ({"answer": "x", "turns": [{"role": "assistant", "text": "y"}]}, "last turn is not the person's"),
        ({"answer": "x", "turns": [{"role": "system", "text": "y"}]}, "role is 'system'"),
        ({"answer": "x", "turns": []}, "no turns"),
        ([1], "it is a list"),
        (None, "it is null"),
    ],
)
def test_a_row_that_lacks_something_says_what(tmp_path: Path, record: object, why: str) -> None:
    drafts, (bad,) = _read("own", json_lines(tmp_path / "o.jsonl", [record]))
    assert not drafts
    assert why in bad.why
    assert bad.at == "o.jsonl:1"


def test_other_bytes_spoil_only_their_row(tmp_path: Path) -> None:
    good = json.dumps({"question": "Why?", "answer": "Because."}).encode()
    path = tmp_path / "o.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + good + b'\n{"question": "caf\xe9", "answer": "x"}\n' + good)
    drafts, (bad,) = _read("own", path)
    assert len(drafts) == 2
    assert bad == Bad("o.jsonl:2", "it is not all UTF-8; save the file as UTF-8")


@pytest.mark.parametrize("name", ["psyqa", "counselchat"])
def test_a_file_that_is_cut_off_is_read_up_to_there(tmp_path: Path, name: str) -> None:
    path = tmp_path / "cut"
    record = {"question": "问", "answers": [{"answer_text": "答"}], "questionID": 1}
    if name == "psyqa":
        path.write_text(json.dumps([record, record])[:-20], encoding="utf-8")
    else:
        path.write_text('questionTitle,answerText\nWhy?,Because.\nHow?,"So and', encoding="utf-8")
    drafts, (bad,) = _read(name, path)
    assert len(drafts) == 1
    assert "the file may be cut off" in bad.why


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "is empty"), ("问".encode("utf-16"), "is UTF-16"), (b"\n \n", "is empty")],
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=words):
        _read("own", path)
