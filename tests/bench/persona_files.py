"""Files of Persona-E² and of its companions in the layout their publishers ship, made up for tests."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

READERS = ("E1", "E2", "E3", "E4", "E5")
GROUPS = {"g1": ("E1", "E2", "E3"), "g2": ("E4", "E5")}
TEXTS = {
    "11": ("My bus left early.", "我的公交车提前开走了。"),
    "12": ("A stranger returned my wallet.", "陌生人归还了我的钱包。"),
    "13": ("The lift stopped between two floors.", "电梯停在两层楼之间。"),
}
ANSWERS = {
    "11": ("anger", "anger", "sadness", "neutral", "neutral"),
    "12": ("joy", "joy", "joy", "surprise", "joy"),
    "13": ("fear", "surprise", "anger", "fear", "fear"),
}


def write_persona(
    folder: Path,
    *,
    spelling: tuple[str, str] = ("emotion", "confidence"),
    answers: Mapping[str, Sequence[str]] | None = ANSWERS,
    groups: bool = True,
) -> Path:
    """Write all three tables, without answers or groups where those are not wanted."""
    folder.mkdir(parents=True, exist_ok=True)
    write_profiles(folder)
    if answers is not None:
        write_answers(folder, answers, spelling)
    if groups:
        write_groups(folder)
    return folder


def write_profiles(folder: Path, readers: Sequence[str] = READERS) -> Path:
    rows = [
        {
            "ID": reader,
            "GNDR": "MF"[number % 2],
            "MBTI": ("INTJ", "ESFP", "ISTJ")[number % 3],
            "Open.": 0.2 + 0.1 * number,
            "Cons.": 0.5,
            "Extra.": 0.9 - 0.1 * number,
            "Agree.": 0.4,
            "Neuro.": 0.1 * number,
        }
        for number, reader in enumerate(readers)
    ]
    return write(folder / "3_annotator_profiles.csv", rows)


def write_answers(
    folder: Path, answers: Mapping[str, Sequence[str]], spelling: tuple[str, str] = ("emotion", "confidence")
) -> Path:
    rows = []
    for number, (event, given) in enumerate(answers.items()):
        row: dict[str, Any] = {
            "id": event,
            "index": number,
            "chinese_item": TEXTS[event][1],
            "english_item": TEXTS[event][0],
            "data_source": ("FMylife", "BBC News", "A new source")[number % 3],
            "category": "Blogs",
            "top1_emotion": "anger",
            "emotion_distribution": "{}",
        }
        for place, (reader, emotion) in enumerate(zip(READERS, given, strict=True)):
            row[f"{reader}_{spelling[0]}"] = emotion
            row[f"{reader}_{spelling[1]}"] = 1 + place % 5 if emotion else ""
        rows.append(row)
    return write(folder / "1_dataset_all_annotators.csv", rows)


def write_groups(folder: Path) -> Path:
    scores = {"g1": ("67.2896", "100.0", "43.5425"), "g2": ("100.0", "64.3793", "100.0")}
    emotions = {"g1": ("anger", "joy", "fear"), "g2": ("neutral", "surprise", "fear")}
    rows = []
    for number, (event, (english, chinese)) in enumerate(TEXTS.items()):
        row: dict[str, Any] = {
            "id": event,
            "index": number,
            "chinese_item": chinese,
            "english_item": english,
            "source": ("FMylife", "BBC News", "A new source")[number],
        }
        for group, members in GROUPS.items():
            row[f"{group}_emotion"] = emotions[group][number]
            row[f"{group}_members"] = "/".join(members)
            row[f"{group}_consensus_score"] = scores[group][number]
        rows.append(row)
    return write(folder / "2_dataset_group_consensus.csv", rows)


def write(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    return path


def change(path: Path, old: str, new: str) -> None:
    """Replace what occurs in a file."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
