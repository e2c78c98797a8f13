"""Reward models as files: what `affectlab counsel train reward` leaves, opened again.

A folder holds ``reward.json`` (what it is and of which model) and weights as safetensors: adapters, or all
weights where all were trained.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from affectlab.config import explain
from affectlab.errors import CounselError

if TYPE_CHECKING:
    from affectlab.counsel.train.scoring import Scorer
    from affectlab.counsel.train.settings import RewardSettings
    from affectlab.counsel.train.tokens import Tokens
    from affectlab.counsel.train.weights import Base

_ABOUT = "reward.json"
_BATCH = 8


class RewardAbout(BaseModel):
    """What a reward model is.

    Parameters
    ----------
    kind
        "bradley-terry" scores an answer to a conversation; "matcher" gives the cosine of question and answer.
    base, revision
        The language model it is made of, as it was named, and a hash or commit of it.
    layers
        How many of its layers are kept; all when None.
    full
        Whether all weights lie in the folder, or adapters only.
    precision
        Number format of the base.
    max_length
        Most tokens of what it was trained on.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["bradley-terry", "matcher"]
    base: str
    revision: str
    layers: int | None
    full: bool
    precision: Literal["bf16", "fp32"]
    max_length: int

    @classmethod
    def of(cls, settings: RewardSettings, revision: str) -> RewardAbout:
        """Describe what `settings` train."""
        return cls(
            kind=settings.kind,
            base=settings.model,
            revision=revision,
            layers=settings.layers,
            full=settings.full,
            precision=settings.precision,
            max_length=settings.max_length,
        )


def open_reward(path: Path, *, batch: int = _BATCH) -> Scorer:
    """Load a reward model.

    Parameters
    ----------
    path
        Folder of a run of ``counsel train reward``, or its ``model`` folder.
    batch
        Answers scored together.

    Returns
    -------
    Scorer
        Called with a conversation and several answers to it, it returns their scores, higher is better;
        `paired` takes a conversation for each answer.

    Raises
    ------
    CounselError
        If the folder holds no reward model, or its base model is another than it was made of.
    """
    folder = reward_folder(path)
    if folder is None:
        raise CounselError(
            f"{path} holds no reward model (no {_ABOUT}); make one: affectlab counsel train reward"
        )
    about = _read(folder / _ABOUT)
    from affectlab.counsel.train.weights import load_base, number_format, without_chatter

    base = load_base(about.base, number_format(about.precision, full=about.full))
    if base.revision != about.revision:
        raise CounselError(
            f"{folder} was made of {about.base} in another state ({about.revision[:12]}, here "
            f"{base.revision[:12]}); use the same model, or train the reward model anew"
        )
    plain, tokens, scorer = reward_parts(about, base)
    with without_chatter():
        opened: Scorer = scorer(_with_weights(plain, folder, full=about.full), tokens, batch)
    return opened


def reward_folder(path: Path) -> Path | None:
    """Return the folder of the weights: `path`, or its ``model``; None where neither is a reward model."""
    return next((one for one in (path / "model", path) if (one / _ABOUT).is_file()), None)


def reward_parts(about: RewardAbout, base: Base) -> tuple[Any, Tokens, Any]:
    """Return the untrained model that `about` describes, what makes its tokens, and the class that scores."""
    from affectlab.counsel.train.scoring import BradleyTerryScorer, MatcherScorer
    from affectlab.counsel.train.tokens import Tokens
    from affectlab.counsel.train.weights import body_of, scorer_of

    tokens = Tokens(base.processing, base.weights.config)
    if about.kind == "matcher":
        return body_of(base.weights, about.layers), tokens, MatcherScorer
    pad = int(base.processing.tokenizer.pad_token_id)
    return scorer_of(base.weights, about.layers, pad), tokens, BradleyTerryScorer


def _with_weights(model: Any, folder: Path, *, full: bool) -> Any:
    if not full:
        from peft import PeftModel

        return PeftModel.from_pretrained(model, str(folder)).eval()
    from safetensors.torch import load_file

    weights: dict[str, Any] = {}
    for file in sorted(folder.glob("*.safetensors")):
        weights |= load_file(file)
    missing = model.load_state_dict(weights, strict=False).missing_keys
    if missing:
        raise CounselError(f"{folder} lacks weights: {', '.join(missing[:3])} …; train the reward model anew")
    return model.eval()


def _read(path: Path) -> RewardAbout:
    try:
        return RewardAbout.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise CounselError(f"{path}: {explain(error)}") from None
    except ValueError as error:
        raise CounselError(f"{path} is not JSON: {error}") from None
