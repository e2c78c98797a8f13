"""Labels a second where many prompts are about the same event: prompts sharing it, and each from scratch.

Usage: python benchmarks/prefix_scoring.py --model gguf:FILE.gguf [--questions 12] [--scratch 1] [--rounds 3]
       [--older FOLDER]

Prompts are those of a benchmark of readers: instruction, event (60 to 150 tokens), then one of 36 readers'
profiles in one of six conditions (none to 80 tokens), then the question; seven labels. Each round takes one
event. ``scratch`` evaluates every prompt with every label by itself, on a few prompts, since it is a rate;
``shared`` asks all in the order of a run; ``profile first`` asks the same with the profile before the event,
all events of one reader together. ``--older`` names the ``src`` folder of another version, asked as
``shared`` is. Each way and round has a process of its own, with one thread; loading is not timed. Seconds are
of the processor, which other work on the machine hardly changes. Prints medians over rounds, the tokens that
the model read for a prompt, and how far the labels' probabilities are from those of ``scratch``.
``--model tiny`` is a random transformers model.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

LABELS = ("anger", "disgust", "fear", "joy", "sadness", "surprise", "neutral")
READERS, TRAITS = 36, ("openness", "conscientiousness", "extraversion", "agreeableness", "neuroticism")
CONDITIONS = ("none", "mbti", "bigfive", "bigfive-text", "both", "demographic")
SYSTEM = "You predict what a reader feels about an event. Answer with one word."
QUESTION = f"Which emotion does this reader feel most? One of: {', '.join(LABELS)}. Emotion:"
EVENTS = (
    "Yesterday my father forgot my birthday for the third time, and when I told him so over dinner he "
    "laughed and said that grown people need no cakes. My mother said nothing and went on eating. Later that "
    "night I found an envelope under my door with some money in it, but without a single line from either.",
    "A neighbour's dog got into our garden and dug up the tree that we planted when our daughter was born. "
    "He came over at once, brought a new one from the nursery and helped us to put it in, and then the "
    "children gave it a name.",
    "My team leader presented the analysis I had worked on for two months as his own. In front of everybody "
    "he thanked me for 'helping with the figures'. Afterwards two colleagues told me that they knew whose "
    "work it was, but nobody said so in the meeting, and the promotion promised for spring went to him.",
)
ROW = "{:>16}{:>9}{:>11}{:>11}{:>20}{:>16}{:>20}"
Measured = tuple[float, int, list[list[float]]]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", required=True)
    parser.add_argument("--questions", type=int, default=12)
    parser.add_argument("--scratch", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--older", type=Path)
    parser.add_argument(
        "--only", choices=("scratch", "older", "shared", "profile first"), help=argparse.SUPPRESS
    )
    parser.add_argument("--round", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.only:
        print(json.dumps(one_way(arguments)))
        return
    with tempfile.TemporaryDirectory() as folder:
        if arguments.model == "tiny":
            arguments.model = f"hf:{make_tiny(Path(folder))}"
        compare(arguments)


def compare(arguments: argparse.Namespace) -> None:
    ways = ["scratch", *(["older"] if arguments.older else []), "shared", "profile first"]
    rates: dict[str, list[float]] = {way: [] for way in ways}
    tokens: dict[str, list[float]] = {way: [] for way in ways}
    apart: dict[str, list[float]] = {way: [] for way in ways}
    for number in range(arguments.rounds):
        truth: list[list[float]] = []
        for way in ways:
            seconds, read, scores = measured(arguments, way, number)
            rates[way].append(len(scores) * len(LABELS) / seconds)
            tokens[way].append(read / len(scores))
            truth = truth or scores
            if way in ("older", "shared"):
                apart[way].append(float(np.abs(chances(scores)[: len(truth)] - chances(truth)).max()))
            done = (
                f"round {number}, {way}: {rates[way][-1]:.2f} labels/s, {tokens[way][-1]:.0f} tokens/prompt"
            )
            print(done, file=sys.stderr, flush=True)
    print(ROW.format("way", "prompts", "labels/s", "scratch=1", "over rounds", "tokens/prompt", "difference"))
    for way in ways:
        ratios = [rate / scratch for rate, scratch in zip(rates[way], rates["scratch"], strict=True)]
        print(
            ROW.format(
                way,
                arguments.scratch if way == "scratch" else arguments.questions,
                f"{statistics.median(rates[way]):.2f}",
                f"{statistics.median(ratios):.1f}",
                f"{min(ratios):.1f} to {max(ratios):.1f}",
                f"{statistics.median(tokens[way]):.0f}",
                f"{max(apart[way]):.1e}" if apart[way] else "",
            )
        )


def chances(scores: Sequence[Sequence[float]]) -> np.ndarray:
    """Probabilities of the labels, of which the report makes its figures: shape (prompts, labels)."""
    likely = np.exp(np.array(scores) - np.max(scores, axis=1, keepdims=True))
    return np.asarray(likely / likely.sum(axis=1, keepdims=True))


def measured(arguments: argparse.Namespace, way: str, number: int) -> Measured:
    """Run one way in a process of its own."""
    given = ["--model", arguments.model, "--batch", str(arguments.batch), "--round", str(number)]
    given += ["--questions", str(arguments.questions), "--scratch", str(arguments.scratch), "--only", way]
    source = {"PYTHONPATH": str(arguments.older)} if way == "older" else {}
    done = subprocess.run(
        [sys.executable, __file__, *given],
        capture_output=True,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"} | source,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{way} failed:\n{done.stderr[-2000:]}")
    seconds, tokens, scores = json.loads(done.stdout.strip().splitlines()[-1])
    return seconds, tokens, scores


def one_way(arguments: argparse.Namespace) -> Measured:
    """Return the seconds that a way takes, the tokens read, and the log-likelihoods by prompt."""
    from affectlab.models import ModelOptions, Request, load_model

    options = ModelOptions(
        batch_size=arguments.batch, attention=False, context=1024, dtype="float32", threads=1
    )
    model = load_model(arguments.model, options)
    asked = prompts(arguments.questions, arguments.round, profile_first=arguments.only == "profile first")
    model.score([Request(("Say yes.",))], LABELS)
    llama = arguments.model.startswith("gguf:")
    counts = counted_gguf(model) if llama else counted_hf(model)
    whole = scratch_gguf if llama else scratch_hf
    started = time.process_time()
    if arguments.only == "scratch":
        scores = whole(model, asked[: arguments.scratch])
    else:
        scores = in_order_of_a_run(model, asked, arguments.batch)
    return time.process_time() - started, sum(counts), scores


def counted_gguf(model: Any) -> list[int]:
    """Return a list to which every call of llama.cpp adds the tokens it evaluates."""
    counts: list[int] = []
    complete = model._server.complete

    def counting(tokens: Sequence[int], **parameters: Any) -> Any:
        answer = complete(tokens, **parameters)
        counts.append(answer["timings"]["prompt_n"] + answer["timings"]["predicted_n"] - 1)
        return answer

    model._server.complete = counting
    return counts


def counted_hf(model: Any) -> list[int]:
    """Return a list to which every forward pass adds its tokens, padding included."""
    counts: list[int] = []

    def count(_: Any, given: Sequence[Any], named: dict[str, Any]) -> None:
        counts.append((given[0] if given else named["input_ids"]).numel())

    model.weights.register_forward_pre_hook(count, with_kwargs=True)
    return counts


def in_order_of_a_run(model: Any, asked: Sequence[Any], size: int) -> list[list[float]]:
    from affectlab.bench.batches import plan_batches
    from affectlab.bench.question import Question

    plan = plan_batches([Question(f"{place:04d}", one) for place, one in enumerate(asked)], size, set())
    found: dict[str, list[float]] = {}
    for batch in plan:
        scores = model.score([one.request for one in batch], LABELS)
        found |= {one.key: score.log_likelihoods.tolist() for one, score in zip(batch, scores, strict=True)}
    return [found[key] for key in sorted(found)]


def scratch_gguf(model: Any, asked: Sequence[Any]) -> list[list[float]]:
    """Evaluate the whole prompt for each label, then the label's tokens."""
    server = model._server
    paths = [server.tokenize(label) for label in LABELS]

    def likelihood(prompt: list[int], path: list[int]) -> float:
        server.complete(prompt, max_tokens=1, temperature=0.0, cache_prompt=False)
        return float(sum(model._likely([*prompt, *path[:end]], one)[one] for end, one in enumerate(path)))

    found = []
    for request in asked:
        turns = [{"role": "system", "content": request.system}, {"role": "user", "content": request.text}]
        prompt = server.prompt_tokens(server.prompt(turns))
        found.append([likelihood(prompt, path) for path in paths])
    return found


def scratch_hf(model: Any, asked: Sequence[Any]) -> list[list[float]]:
    """One row of a forward pass for each prompt and label, all labels of a prompt in a batch."""
    import torch

    found = []
    for batch, labels in model.prepared(asked, LABELS):
        ids, mask = batch.inputs["input_ids"], batch.inputs["attention_mask"].bool()
        for row, seen, paths in zip(ids, mask, labels, strict=True):
            prompt = row[seen].tolist()
            width = max(map(len, paths))
            rows = torch.tensor([[*prompt, *path, *[path[-1]] * (width - len(path))] for path in paths])
            with torch.inference_mode():
                logs = model.weights(rows).logits[:, len(prompt) - 1 :].float().log_softmax(-1)
            found.append([float(logs[n, range(len(p)), p].sum()) for n, p in enumerate(paths)])
    return found


def prompts(count: int, number: int, *, profile_first: bool) -> list[Any]:
    """Return `count` requests about one event; with the profile first, about all events of few readers."""
    from affectlab.models import Quote, Request

    rng = np.random.default_rng(number)
    units = [(reader, condition) for reader in range(READERS) for condition in CONDITIONS]
    chosen = [units[place] for place in rng.permutation(len(units))[:count]]
    if profile_first:
        pairs = [
            (Quote(profile(*one)), event) for one in chosen[: -(-count // len(EVENTS))] for event in EVENTS
        ]
        after = [(words, f"\n\nEvent: {event}\n\n{QUESTION}") for words, event in pairs[:count]]
        return [Request(("Reader: ", *parts), SYSTEM) for parts in after]
    event = Quote(EVENTS[number % len(EVENTS)])
    return [Request(("Event: ", event, f"\n\n{profile(*one)}\n\n{QUESTION}"), SYSTEM) for one in chosen]


def profile(reader: int, condition: str) -> str:
    rng = np.random.default_rng((7, reader))
    levels = dict(zip(TRAITS, rng.uniform(0, 1, len(TRAITS)).round(2).tolist(), strict=True))
    mbti = "".join(pair[rng.integers(2)] for pair in ("EI", "SN", "TF", "JP"))
    numbers = ", ".join(f"{trait} {level:.2f}" for trait, level in levels.items())
    sides = (f"{'high' if level > 0.5 else 'low'} in {trait}" for trait, level in levels.items())
    described = {
        "none": "The reader is an adult.",
        "mbti": f"The reader's personality type (MBTI) is {mbti}.",
        "bigfive": f"The reader's Big Five: {numbers}.",
        "bigfive-text": " ".join(f"This reader is a person who is {side}." for side in sides),
        "both": f"The reader's personality type (MBTI) is {mbti}. The reader's Big Five: {numbers}.",
        "demographic": f"The reader is {'female' if rng.integers(2) else 'male'}.",
    }
    return described[condition]


def make_tiny(folder: Path) -> Path:
    """Write a random Qwen2 of 4 layers whose tokens are single bytes."""
    from tokenizers import pre_tokenizers
    from transformers import Qwen2Config, Qwen2ForCausalLM, Qwen2Tokenizer

    alphabet = {symbol: place for place, symbol in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    tokenizer = Qwen2Tokenizer(vocab=alphabet, merges=[], eos_token="<|im_end|>", pad_token="<|endoftext|>")
    tokenizer.chat_template = (
        "{% for message in messages %}{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
        "{% if add_generation_prompt %}assistant\n{% endif %}"
    )
    shape = {"hidden_size": 256, "intermediate_size": 512, "num_hidden_layers": 4, "num_attention_heads": 8}
    config = Qwen2Config(
        vocab_size=len(tokenizer), max_position_embeddings=2048, num_key_value_heads=2, **shape
    )
    Qwen2ForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


if __name__ == "__main__":
    main()
