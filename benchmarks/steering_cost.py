"""What steering costs: time to read a prompt and to write a token, and memory over the length of the prompt.

Usage: python benchmarks/steering_cost.py [--device cuda] [--shape small|7b] [--tokens 1024]

A language model of random weights reads the same prompt with stock SDPA, with CHASE (a probe at every steered
layer, its gate open), with the same reallocation on materialised attention, and with transformers' eager
attention; ways take turns. As in the paper's case study the layers from 12/28 of the depth are steered, at
one in seven heads. Memory is the peak of a process of its own, at each length, for each way.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import AttentionInterface, Qwen2Config, Qwen2ForCausalLM
from transformers.integrations.sdpa_attention import repeat_kv

from affectlab.models.hf.attention import attention_plan, install
from affectlab.steering.plan import ProbeWeights
from affectlab.steering.router import ProbeGate
from affectlab.steering.rules import Reallocation
from affectlab.steering.steered_plan import LayerSteering, SteeredPlan

ETA = 0.6
LENGTHS = (512, 1024, 2048, 4096, 8192)
WAYS = ("stock SDPA", "CHASE", "CHASE, materialised", "eager")
ROW = "{:>22}{:>20}{:>20}{:>20}{:>10}"


@dataclass(frozen=True)
class Shape:
    """Sizes of a language model."""

    layers: int
    width: int
    inner: int
    heads: int
    groups: int

    @property
    def steered(self) -> range:
        return range(self.layers * 12 // 28, self.layers)

    @property
    def k(self) -> int:
        return self.heads // 7


SHAPES = {
    "small": Shape(layers=14, width=896, inner=4864, heads=14, groups=2),
    "7b": Shape(layers=28, width=3584, inner=18944, heads=28, groups=4),
    "one layer": Shape(layers=1, width=3584, inner=3584, heads=28, groups=4),
}
"""As Qwen2.5-0.5B at half the depth, as the language model of Qwen2.5-Omni-7B, and one such layer."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--shape", choices=("small", "7b"), default="small")
    parser.add_argument("--tokens", type=int, default=1024)
    parser.add_argument("--written", type=int, default=16)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--peak", nargs=2, metavar=("WAY", "TOKENS"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peak:
        print(json.dumps(peak(arguments.peak[0], int(arguments.peak[1]), arguments.device)))
        return
    times(arguments)
    memory(arguments.device)


def times(arguments: argparse.Namespace) -> None:
    bench = Bench(SHAPES[arguments.shape], arguments.device)
    read: dict[str, list[float]] = {way: [] for way in WAYS}
    written: dict[str, list[float]] = {way: [] for way in WAYS}
    for _ in range(arguments.repeats + 1):
        for way in WAYS:
            reading, writing = bench.measure(way, arguments.tokens, arguments.written)
            read[way].append(reading)
            written[way].append(writing)
    print(f"{arguments.shape} shape, {arguments.tokens} tokens, {bench.dtype}, {arguments.device}")
    print(ROW.format("way", "prompt, s", "ratio", "token, ms", "ratio"))
    for way in WAYS:
        # The first round warms caches and compilers.
        reading, writing = statistics.median(read[way][1:]), statistics.median(written[way][1:])
        ratios = [
            statistics.median(a / b for a, b in zip(of[way][1:], of[WAYS[0]][1:], strict=True))
            for of in (read, written)
        ]
        print(
            ROW.format(way, f"{reading:.3f}", f"{ratios[0]:.3f}", f"{1000 * writing:.2f}", f"{ratios[1]:.3f}")
        )


def memory(device: str) -> None:
    print("\npeak memory of one layer at 7B width beyond 512 tokens of stock SDPA, MiB")
    print(ROW.format("tokens", *WAYS[:3], ""))
    base = None
    for tokens in LENGTHS:
        peaks = [in_own_process(way, tokens, device) for way in WAYS[:3]]
        base = peaks[0] if base is None else base
        print(ROW.format(tokens, *(f"{(one - base) / 2**20:.0f}" for one in peaks), ""), flush=True)


def in_own_process(way: str, tokens: int, device: str) -> int:
    command = [sys.executable, __file__, "--peak", way, str(tokens), "--device", device]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{way} at {tokens} tokens failed:\n{done.stderr[-2000:]}")
    return int(json.loads(done.stdout))


def peak(way: str, tokens: int, device: str) -> int:
    Bench(SHAPES["one layer"], device).measure(way, tokens, 0)
    if device.startswith("cuda"):
        return torch.cuda.max_memory_allocated()
    # The resource module's figure would count what the parent process held.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


class Bench:
    """One model, read and written with in several ways."""

    def __init__(self, shape: Shape, device: str) -> None:
        self.shape, self.device = shape, device
        self.dtype = torch.bfloat16 if device.startswith("cuda") else torch.float32
        torch.manual_seed(0)
        with torch.device(device):
            config = Qwen2Config(
                vocab_size=1024,
                hidden_size=shape.width,
                intermediate_size=shape.inner,
                num_hidden_layers=shape.layers,
                num_attention_heads=shape.heads,
                num_key_value_heads=shape.groups,
                max_position_embeddings=max(LENGTHS) + 1024,
                attn_implementation="sdpa",
                dtype=self.dtype,
            )
            self.model = Qwen2ForCausalLM(config).to(self.dtype).eval()
        install(self.model)
        self.steerable = self.model.config._attn_implementation
        AttentionInterface.register("materialised", materialised)

    @torch.inference_mode()
    def measure(self, way: str, tokens: int, written: int) -> tuple[float, float]:
        """Return seconds to read a prompt and seconds for each token written after it."""
        codes = modalities(tokens)
        ids = torch.randint(0, 1024, (1, tokens), device=self.device)
        with self.way(way, codes):
            started = self.now()
            output = self.model(ids, use_cache=True, logits_to_keep=1)
            read = self.now() - started
            seconds = []
            for _ in range(written):
                started = self.now()
                last = output.logits[:, -1:].argmax(-1)
                output = self.model(last, past_key_values=output.past_key_values, use_cache=True)
                seconds.append(self.now() - started)
        return read, statistics.median(seconds) if seconds else 0.0

    @contextmanager
    def way(self, name: str, codes: NDArray[np.int8]) -> Iterator[None]:
        attention = {"stock SDPA": "sdpa", "eager": "eager", "CHASE": self.steerable}.get(
            name, "materialised"
        )
        self.model.set_attn_implementation(attention)
        plan: Any = attention_plan(self.plan(codes)) if name == "CHASE" else nullcontext()
        if name == "CHASE, materialised":
            plan = reference(codes, set(self.shape.steered), self.shape.k)
        with plan:
            yield

    def plan(self, codes: NDArray[np.int8]) -> SteeredPlan:
        shape = self.shape
        # Mean values of three modalities, shares of every head, and which modalities are there.
        features = 3 * (shape.groups * (shape.width // shape.heads) + shape.heads + 1)
        weights = ProbeWeights(
            mean=np.zeros(features, np.float32),
            scale=np.ones(features, np.float32),
            inner=np.zeros(features * 32, np.float32),
            inner_bias=np.zeros(32, np.float32),
            outer=np.zeros(32, np.float32),
            slope=1.0,
            intercept=5.0,
            auc=0.5,
        )
        steering = LayerSteering(tuple(range(0, shape.heads, 7)), Reallocation(ETA))
        gate = ProbeGate(dict.fromkeys(shape.steered, weights), tau=0.5, soft=False)
        return SteeredPlan(codes, dict.fromkeys(shape.steered, steering), gate)

    def now(self) -> float:
        if self.device.startswith("cuda"):
            torch.cuda.synchronize()
        return time.perf_counter()


def modalities(tokens: int) -> NDArray[np.int8]:
    """Words, sound and pictures in the proportions of a clip of ten seconds, and a question of 32 tokens."""
    codes = np.full((1, tokens), 2, dtype=np.int8)
    codes[0, : tokens // 16] = 0
    codes[0, tokens // 16 : tokens // 4] = 1
    codes[0, -32:] = 3
    return codes


REFERENCE: dict[str, Any] = {}


@contextmanager
def reference(codes: NDArray[np.int8], layers: set[int], k: int) -> Iterator[None]:
    REFERENCE.update(codes=torch.from_numpy(codes[0].astype(np.int64)), layers=layers, k=k)
    try:
        yield
    finally:
        REFERENCE.clear()


def materialised(
    module: Any, query: Tensor, key: Tensor, value: Tensor, _mask: Tensor | None, scaling: float, **_: Any
) -> tuple[Tensor, None]:
    """Compute attention with the whole matrix in memory, and reallocate in it: the obvious implementation."""
    groups = query.shape[1] // key.shape[1]
    key, value = repeat_kv(key, groups), repeat_kv(value, groups)
    logits = query @ key.transpose(2, 3) * scaling
    queries, keys = logits.shape[-2:]
    if queries > 1:
        hidden = torch.ones(queries, keys, dtype=torch.bool, device=query.device).triu(1 + keys - queries)
        logits = logits.masked_fill(hidden, float("-inf"))
    probabilities = torch.softmax(logits, dim=-1, dtype=torch.float32).to(query.dtype)
    if module.layer_idx in REFERENCE["layers"]:
        heads = slice(0, REFERENCE["k"])
        probabilities[:, heads] = reallocated(probabilities[:, heads])
    return (probabilities @ value).transpose(1, 2).contiguous(), None


def reallocated(probabilities: Tensor) -> Tensor:
    codes = torch.nn.functional.pad(
        REFERENCE["codes"], (0, probabilities.shape[-1] - len(REFERENCE["codes"])), value=3
    ).to(probabilities.device)
    shares = torch.stack([probabilities[..., codes == kind].sum(-1) for kind in range(3)], dim=-1)
    seen = shares > 0
    wanted = seen / seen.sum(-1, keepdim=True).clamp_min(1) * shares.sum(-1, keepdim=True)
    factors = torch.where(seen, 1 - ETA + ETA * wanted / shares.clamp_min(1e-9), torch.ones_like(shares))
    result = probabilities.clone()
    for kind in range(3):
        result[..., codes == kind] *= factors[..., kind : kind + 1]
    return result


if __name__ == "__main__":
    main()
