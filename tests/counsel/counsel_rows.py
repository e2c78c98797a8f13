"""Counselling rows and files as tests need them."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from affectlab.counsel import CounselRow, Language
from affectlab.models import Turn

QUESTION = "I lost my job last week and I cannot sleep. What should I do about my worries at night?"
ANSWER = (
    "Losing a job shakes what you could rely on, and nights are when worries have room. You could write down "
    "before bed what worries you about work, and put the paper away until the morning. Talk with a friend."
)
QUESTION_ZH = "上个星期我失业了，晚上一直睡不着，心里非常担心，不知道该怎么办才好。"
ANSWER_ZH = (
    "失去工作会让人失去依靠，夜里担心的事情也会变多。睡前可以把担心写在纸上，明天早上再看，也可以和朋友聊一聊。"
    * 3
)


def row(name: str = "a", language: Language = "en", **changes: Any) -> CounselRow:
    """Return a row; `changes` replace its fields."""
    question, answer = (QUESTION, ANSWER) if language == "en" else (QUESTION_ZH, ANSWER_ZH)
    fields: dict[str, Any] = {
        "id": name,
        "source": "own",
        "group": name,
        "language": language,
        "turns": (Turn("user", question),),
        "split": "train",
        "answer": answer,
    }
    return CounselRow(**{**fields, **changes})


def json_lines(path: Path, records: Iterable[Any]) -> Path:
    """Write one object a line."""
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records), encoding="utf-8")
    return path


def csv_file(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    """Write rows with a header."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


_SYLLABLES = ("ba", "do", "fi", "ku", "le", "mo", "na", "pi", "ru", "so", "ta", "vi")


def made_up(seed: str, count: int) -> str:
    """Return words that no other seed gives, between English ones."""
    draw = random.Random(seed)
    words = ("".join(draw.choices(_SYLLABLES, k=4)) for _ in range(count))
    return " ".join(f"{word} {draw.choice(('and', 'of', 'in', 'the', 'my', 'with'))}" for word in words)


def letters(count: int) -> list[dict[str, Any]]:
    """Return records of your own: different questions with two answers each, the second with more votes."""
    return [
        {
            "id": f"{number}-{place}",
            "question": f"What can I do about my {made_up(f'question {number}', 12)} troubles?",
            "answer": f"It is hard. Look at {made_up(f'answer {number} {place}', 20)} first. Then rest.",
            "votes": 3 * place,
        }
        for number in range(count)
        for place in (0, 1)
    ]
