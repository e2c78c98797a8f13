"""What a training is told: one model for each of the three, read from a TOML file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from affectlab.counsel.rows import Language

Text = Annotated[str, Field(min_length=1)]
Share = Annotated[float, Field(ge=0, le=1)]

ChainSource = Literal["annotated", "mixed", "rule-made", "none"]


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LoraSettings(_Settings):
    """Low-rank adapters (arXiv 2106.09685).

    Parameters
    ----------
    rank, alpha, dropout
        As in the paper; updates are scaled by `alpha` / `rank`.
    targets
        Names of linear layers, or "all-linear".
    """

    rank: int = Field(default=16, ge=1)
    alpha: float = Field(default=32.0, gt=0)
    dropout: float = Field(default=0.0, ge=0, lt=1)
    targets: Literal["all-linear"] | tuple[Text, ...] = "all-linear"


class TrainSettings(_Settings):
    """What every training is told.

    Parameters
    ----------
    model
        Hub name, ``NAME@REVISION``, folder, or ``.gguf`` file (a path, or a name in the folder of weights),
        which is unpacked.
    data
        Folder with ``rows.jsonl`` and, for rewards, ``pairs.jsonl``.
    out
        Folder of the run; a run that was cut off goes on in it.
    adapter
        Folder of a LoRA adapter of the same model to go on from.
    full
        Train all weights instead of adapters.
    lora
        The adapters.
    precision
        "bf16": forward and backward passes in bfloat16; adapters, and all weights where all are trained, are
        kept in float32. "fp32": everything in float32.
    languages, sources
        Only rows of these; of all when empty.
    rows
        Most training rows, drawn by the seed; all when None.
    max_length
        Most tokens of prompt and reply together. Longer rows are left out and counted, never cut.
    steps, batch_size, accumulate
        Updates; rows per pass; passes per update.
    learning_rate, schedule, warmup, weight_decay, max_grad_norm
        Of AdamW. `warmup` in steps.
    gradient_checkpointing
        Compute activations twice to hold fewer.
    seed
        Decides initial adapters, order and sampling.
    save_every, keep
        Steps between checkpoints; how many are kept.
    eval_every, held_out
        Steps between evaluations while training, 0 for none; most held-out rows or pairs measured.
    log_every
        Steps between two lines in the terminal; ``metrics.jsonl`` has every step.
    report_to
        Where metrics go beside.
    device
        "auto" or "cpu".
    threads
        Of torch on a CPU; torch's own choice when None.
    deepspeed
        JSON file with DeepSpeed's settings.
    """

    model: Text
    data: Path
    out: Path
    adapter: Path | None = None
    full: bool = False
    lora: LoraSettings = LoraSettings()
    precision: Literal["bf16", "fp32"] = "bf16"
    languages: tuple[Language, ...] = ()
    sources: tuple[Text, ...] = ()
    rows: int | None = Field(default=None, ge=1)
    max_length: int = Field(default=1024, ge=8)
    steps: int = Field(default=100, ge=1)
    batch_size: int = Field(default=4, ge=1)
    accumulate: int = Field(default=1, ge=1)
    learning_rate: float = Field(default=1e-4, gt=0)
    schedule: Literal["constant", "linear", "cosine"] = "cosine"
    warmup: int = Field(default=0, ge=0)
    weight_decay: float = Field(default=0.0, ge=0)
    max_grad_norm: float = Field(default=1.0, gt=0)
    gradient_checkpointing: bool = False
    seed: int = Field(default=0, ge=0)
    save_every: int = Field(default=50, ge=1)
    keep: int = Field(default=2, ge=1)
    eval_every: int = Field(default=0, ge=0)
    held_out: int = Field(default=64, ge=1)
    log_every: int = Field(default=10, ge=1)
    report_to: Literal["none", "tensorboard", "wandb"] = "none"
    device: Literal["auto", "cpu"] = "auto"
    threads: int | None = Field(default=None, ge=1)
    deepspeed: Path | None = None

    @model_validator(mode="after")
    def _one_way(self) -> TrainSettings:
        if self.full and self.adapter is not None:
            raise ValueError("full = true and an adapter exclude each other; merge the adapter first")
        return self

    def deciding(self) -> dict[str, Any]:
        """Return the settings that decide the result; the others may differ when a run goes on."""
        free = {"log_every", "report_to", "device", "threads", "out", "keep"}
        return {name: value for name, value in self.model_dump(mode="json").items() if name not in free}


class SftSettings(TrainSettings):
    """Settings of ``affectlab counsel train sft``.

    Parameters
    ----------
    chain
        Whence the reasoning comes. "annotated": only rows that have it. "mixed": those with it, the others as
        answers alone. "rule-made": rows without it get one made by rules. "none": answers alone.
    packing
        Lay several rows behind one another; no row is ever cut.
    prompts
        Held-out questions that are answered before and after, to count valid replies.
    max_reply
        Most tokens of such an answer.
    """

    learning_rate: float = Field(default=2e-4, gt=0)
    chain: ChainSource = "annotated"
    packing: bool = True
    prompts: int = Field(default=20, ge=0)
    max_reply: int = Field(default=400, ge=1)


class RewardSettings(TrainSettings):
    """Settings of ``affectlab counsel train reward``.

    Parameters
    ----------
    kind
        "bradley-terry": a score of the answer to a conversation, learned from pairs. "matcher": the cosine of
        question and answer, as in the paper, learned from rows.
    layers
        Keep only the first layers of the model; all when None.
    temperature
        Of the matcher's softmax.
    centre
        Weight that keeps the scores of a pair around 0 (arXiv 2312.09244).
    kinds
        Kinds of pairs to learn from; all when empty. All are measured.
    max_share_too_long
        Refuse to train if a larger share of the rows or pairs is longer than `max_length`.
    resamples
        Of the bootstrap.
    """

    kind: Literal["bradley-terry", "matcher"]
    layers: int | None = Field(default=None, ge=1)
    temperature: float = Field(default=0.05, gt=0)
    centre: float = Field(default=0.01, ge=0)
    kinds: tuple[Literal["votes", "echo", "generic", "off_topic", "preachy", "unsafe"], ...] = ()
    max_share_too_long: Share = 0.2
    held_out: int = Field(default=400, ge=1)
    resamples: int = Field(default=2000, ge=1)

    @model_validator(mode="after")
    def _has_negatives(self) -> RewardSettings:
        if self.kind == "matcher" and self.batch_size < 2:
            raise ValueError(
                "a matcher learns from the other answers of a batch; batch_size must be 2 or more"
            )
        return self


class Weights(_Settings):
    """How much each term of the reward counts; a term of weight 0 is not computed."""

    format: float = Field(default=1.0, ge=0)
    answer: float = Field(default=1.0, ge=0)
    intent: float = Field(default=0.25, ge=0)
    length: float = Field(default=0.5, ge=0)
    repetition: float = Field(default=0.5, ge=0)
    safety: float = Field(default=4.0, ge=0)


class GrpoSettings(TrainSettings):
    """Settings of ``affectlab counsel train grpo``.

    Parameters
    ----------
    reward
        Folder of the reward model, made by ``counsel train reward``; not needed if ``weights.answer`` is 0.
    weights
        Of the terms.
    strict_format
        1 for a reply without fault and 0 for any other, as in the paper, instead of the share that is right.
    threshold
        1 for an answer that scores at least this and 0 below, as in the paper; the score itself when None.
    on_bad_reward
        What becomes of a sample for which a term is not a number or fails: "stop" ends the run, "skip" leaves
        the term out for that sample and counts it.
    chain
        Whether the model is asked for its reasoning.
    group
        Replies per question.
    max_prompt, max_reply
        Most tokens. Longer questions are left out and counted.
    soft_length
        Tokens from which a reply counts as too long, rising to `max_reply`.
    temperature
        Of the sampling.
    kl
        Weight of the divergence from where training began.
    vllm, vllm_url
        Whether replies come from vLLM, in the same process or from a server.
    prompts
        Held-out questions that are answered before and after.
    resamples
        Of the bootstrap.
    """

    learning_rate: float = Field(default=1e-5, gt=0)
    batch_size: int = Field(default=8, ge=1)
    reward: Path | None = None
    weights: Weights = Weights()
    strict_format: bool = False
    threshold: float | None = None
    on_bad_reward: Literal["stop", "skip"] = "stop"
    chain: bool = True
    group: int = Field(default=8, ge=2)
    max_prompt: int = Field(default=512, ge=8)
    max_reply: int = Field(default=400, ge=2)
    soft_length: int = Field(default=320, ge=1)
    temperature: float = Field(default=1.0, gt=0)
    kl: float = Field(default=0.0, ge=0)
    vllm: Literal["off", "colocate", "server"] = "off"
    vllm_url: str | None = None
    prompts: int = Field(default=20, ge=0)
    resamples: int = Field(default=2000, ge=1)

    @model_validator(mode="after")
    def _fits(self) -> GrpoSettings:
        if self.batch_size * self.accumulate % self.group:
            raise ValueError(
                f"batch_size × accumulate is {self.batch_size * self.accumulate}; expected a multiple of "
                f"group ({self.group}), since a group is judged together"
            )
        if self.weights.answer and self.reward is None:
            raise ValueError("weights.answer is above 0 and there is no reward; name a reward model's folder")
        if self.soft_length >= self.max_reply:
            raise ValueError(f"soft_length {self.soft_length} is not below max_reply {self.max_reply}")
        return self


SETTINGS: Mapping[str, type[TrainSettings]] = {
    "sft": SftSettings,
    "reward": RewardSettings,
    "grpo": GrpoSettings,
}
"""What each training is told."""
