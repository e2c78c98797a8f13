"""What an evaluation is told."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from affectlab.models import ModelOptions

Text = Annotated[str, Field(min_length=1)]


class EvaluateSettings(BaseModel):
    """Settings of ``affectlab counsel evaluate run``.

    Parameters
    ----------
    rows, out
        Rows or the folder of them, of which the test split is used; and the folder of the results.
    arm, answers
        ``NAME=MODEL`` or ``NAME=MODEL:no-chain``; ``NAME=FILE`` of answers made elsewhere.
    judge
        Model that grades and compares; nothing is judged when None.
    rewards
        Folders of reward models that score every answer.
    embedder
        Folder of the text embedder; likeness of meaning is left out when None.
    reference
        Whether the rows' own answers take part in the judging, as the arm "reference".
    reasons
        Whether a judge that gives likelihoods writes its reason first, where it compares; without, it is
        asked half as often and keeps none.
    same_family
        Let the judge be of an arm's family; the results say so.
    limit
        Most conversations, drawn with the seed by whole groups; all when None.
    max_tokens, temperature
        Of replies.
    seed, resamples
        Of the draw and the bootstrap; resamples of the bootstrap.
    options, judge_options
        How the arms' models and the judge are loaded.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rows: Path
    out: Path
    arm: tuple[Text, ...] = ()
    answers: tuple[Text, ...] = ()
    judge: Text | None = None
    rewards: tuple[Path, ...] = ()
    embedder: Path | None = None
    reference: bool = False
    reasons: bool = True
    same_family: bool = False
    limit: int | None = Field(default=None, ge=1)
    max_tokens: int = Field(default=768, ge=1)
    temperature: float = Field(default=0.0, ge=0)
    seed: int = Field(default=0, ge=0)
    resamples: int = Field(default=2000, ge=1)
    options: ModelOptions = ModelOptions()
    judge_options: ModelOptions = ModelOptions()
