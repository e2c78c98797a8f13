"""What a data set is built of, and by which rules. All defaults are ours unless a source is named."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from affectlab.counsel.rows import PairKind

CONSTRUCTED: tuple[PairKind, ...] = ("echo", "generic", "off_topic", "preachy", "unsafe")


class DataSettings(BaseModel):
    """How rows are made.

    Parameters
    ----------
    sets
        Name of a data set to its file or folder.
    out
        Folder to write.
    seed
        Of the split and of all drawing.
    validation, test
        Shares of groups.
    turns
        Of a conversation that passes the filters, all answers or one drawn by the seed.
    min_answer_zh, min_answer_en
        Shortest long answer: characters, words. arXiv 2509.14851 drops answers under 100 characters.
    min_turn_zh, min_turn_en
        Shortest answer in a conversation: characters, words.
    max_answer
        Longest answer, characters.
    max_question
        Longest conversation up to the answer, characters.
    alike
        Jaccard similarity of shingles from which two texts keep their groups together.
    keep_unsafe
        Leave answers with unsafe advice in the training split.
    votes_margin
        More votes than the other answer that make an answer the better one.
    negatives
        Kinds of pairs to construct.
    pairs_per_question
        Most pairs by votes of one question.
    max_pairs
        Most questions that get constructed pairs, drawn by the seed; None for all.
    strict
        Refuse the first row that cannot be used.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    sets: dict[str, Path] = Field(min_length=1)
    out: Path
    seed: int = Field(default=0, ge=0)
    validation: float = Field(default=0.1, ge=0, lt=1)
    test: float = Field(default=0.1, ge=0, lt=1)
    turns: Literal["all", "one"] = "one"
    min_answer_zh: int = Field(default=100, ge=1)
    min_answer_en: int = Field(default=30, ge=1)
    min_turn_zh: int = Field(default=20, ge=1)
    min_turn_en: int = Field(default=8, ge=1)
    max_answer: int = Field(default=8000, ge=1)
    max_question: int = Field(default=8000, ge=1)
    alike: float = Field(default=0.5, gt=0, le=1)
    keep_unsafe: bool = False
    votes_margin: int = Field(default=1, ge=1)
    negatives: tuple[PairKind, ...] = CONSTRUCTED
    pairs_per_question: int = Field(default=6, ge=1)
    max_pairs: int | None = Field(default=None, ge=1)
    strict: bool = False

    @model_validator(mode="after")
    def _fits(self) -> DataSettings:
        if self.validation + self.test >= 1:
            raise ValueError("validation and test together leave nothing to train on; expected less than 1")
        if "votes" in self.negatives:
            raise ValueError(f"'votes' cannot be constructed; expected some of {', '.join(CONSTRUCTED)}")
        return self
