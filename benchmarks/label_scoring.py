"""Likelihoods of eight labels by one local model: ours, lm-evaluation-harness, one forward per label.

Usage: python benchmarks/label_scoring.py [--model FILE.gguf] [--samples 24] [--peer PYTHON]

The same sentences, the same prompt to the last token, the same weights in float32 and the same batch size
on the CPU. Loading is not timed. Prints a row for each way with its ratio, and how far the likelihoods are
apart.
``--peer`` names a Python in which lm-eval is installed, by default this one.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MODEL = Path.home() / ".cache/affectlab/models/qwen2.5-coder-0.5b-instruct-q4.gguf"
BATCH = 8
ROW = "{:>28}{:>10}{:>12}{:>10}{:>24}"
LABELS = {
    name: name
    for name in ("amusement", "anger", "awe", "contentment", "disgust", "excitement", "fear", "sadness")
}
Scored = tuple[float, NDArray[np.float64]]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--samples", type=int, default=24)
    parser.add_argument("--peer", default=sys.executable)
    parser.add_argument("--only", choices=("affectlab", "naive", "lm-eval"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.only:
        ways = {"affectlab": ours, "naive": one_forward_per_label, "lm-eval": lm_eval}
        seconds, scores = ways[arguments.only](arguments.folder)
        print(json.dumps([seconds, scores.tolist()]))
        return
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder), arguments.model, arguments.samples)
        compare(Path(folder), arguments.samples, arguments.peer)


def compare(folder: Path, samples: int, peer: str) -> None:
    print(ROW.format("way", "samples", "samples/s", "ratio", "largest difference"))
    own, truth = measured("affectlab", folder, sys.executable)
    print(ROW.format("affectlab", samples, f"{samples / own:.2f}", "1", ""), flush=True)
    for way, python in (("naive", sys.executable), ("lm-eval", peer)):
        seconds, scores = measured(way, folder, python)
        apart = np.abs(relative(scores) - relative(truth)).max()
        print(ROW.format(way, samples, f"{samples / seconds:.2f}", f"{seconds / own:.2f}", f"{apart:.1e}"))


def relative(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Likelihoods relative to the mean over labels: lm-eval counts the prompt's last line break with each."""
    return scores - scores.mean(axis=1, keepdims=True)


def measured(way: str, folder: Path, python: str) -> Scored:
    """Run one way in a process of its own, with two threads."""
    done = subprocess.run(
        [python, __file__, "--only", way, "--folder", str(folder)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"OMP_NUM_THREADS": "2", "HF_HUB_OFFLINE": "1", "HF_DATASETS_CACHE": str(folder)},
    )
    if done.returncode:
        sys.exit(f"{way} failed:\n{done.stderr[-2000:]}")
    seconds, scores = json.loads(done.stdout.strip().splitlines()[-1])
    return seconds, np.array(scores)


def prepare(folder: Path, weights: Path, samples: int) -> None:
    """Write the weights as safetensors, the data set, and the prompts as every way must see them."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(weights.parent, gguf_file=weights.name, dtype="float32")
    # The weights are plain numbers by now; without this transformers takes them for quantised.
    model.hf_quantizer = None
    del model.config.quantization_config
    model.save_pretrained(folder / "model")
    tokenizer = AutoTokenizer.from_pretrained(weights.parent, gguf_file=weights.name)
    tokenizer.save_pretrained(folder / "model")
    make_data(folder / "data", samples)
    with (folder / "prompts.jsonl").open("w") as file:
        for words in asked(folder / "data"):
            message = [{"role": "user", "content": words}]
            prompt = tokenizer.apply_chat_template(message, tokenize=False, add_generation_prompt=True)
            file.write(json.dumps({"prompt": prompt, "choices": list(LABELS.values()), "gold": 0}) + "\n")


def make_data(folder: Path, samples: int) -> None:
    from affectlab.bench.dataset import DatasetInfo, write_dataset
    from affectlab.bench.emomm.synth.words import make_sentence
    from affectlab.bench.sample import Sample

    names = list(LABELS)
    rng = np.random.default_rng(0)
    sentences = [make_sentence("en", label, "bench", rng) for label in ("N", "Neu", "P") * samples]
    write_dataset(
        folder,
        DatasetInfo("emomm", LABELS),
        (
            Sample(
                id=f"s{index:04d}",
                subset="words",
                split="test",
                groups={"source": f"s{index}"},
                target={names[index % len(names)]: 1.0},
                text=" ".join(sentences[3 * index : 3 * index + 3]),
            )
            for index in range(samples)
        ),
    )


def asked(data: Path) -> list[str]:
    """Words of every request, in the order of the data set."""
    from affectlab.bench.dataset import read_dataset
    from affectlab.bench.registry import benchmark

    dataset = read_dataset(data)
    task = benchmark("emomm").make_task(dataset.info)
    return [task.request(sample, generate=False).text for sample in dataset.samples]


def ours(folder: Path) -> Scored:
    import polars as pl

    from affectlab.bench.run import run_benchmark
    from affectlab.bench.settings import RunSettings
    from affectlab.models import ModelOptions

    started: list[float] = []
    options = ModelOptions(dtype="float32", batch_size=BATCH, attention=False)
    settings = RunSettings(
        benchmark="emomm",
        data=folder / "data",
        model=f"hf:{folder / 'model'}",
        out=folder / "run",
        options=options,
    )
    # The first report of progress comes when the model is loaded and nothing has been asked yet.
    run_benchmark(settings, progress=lambda *_: started.append(time.perf_counter()))
    seconds = time.perf_counter() - started[0]
    return seconds, np.array(pl.read_parquet(folder / "run/samples.parquet")["log_likelihoods"].to_list())


def one_forward_per_label(folder: Path) -> Scored:
    """Score every label with a forward pass of its own over the whole prompt, in padded batches."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder / "model", padding_side="right")
    model = AutoModelForCausalLM.from_pretrained(folder / "model", dtype="float32")
    rows = read_prompts(folder)
    pairs = [(row["prompt"], label) for row in rows for label in row["choices"]]
    scores = []
    started = time.perf_counter()
    for start in range(0, len(pairs), BATCH):
        batch = pairs[start : start + BATCH]
        texts = tokenizer([a + b for a, b in batch], return_tensors="pt", padding=True)
        with torch.inference_mode():
            logs = model(**texts).logits.log_softmax(-1)
        for index, (prompt, _) in enumerate(batch):
            first, last = len(tokenizer(prompt).input_ids), int(texts.attention_mask[index].sum())
            places = torch.arange(first, last)
            scores.append(float(logs[index, places - 1, texts.input_ids[index, places]].sum()))
    seconds = time.perf_counter() - started
    return seconds, np.array(scores).reshape(len(rows), len(LABELS))


def lm_eval(folder: Path) -> Scored:
    from lm_eval import simple_evaluate
    from lm_eval.models.huggingface import HFLM

    task = {
        "task": "eight_labels",
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": str(folder / "prompts.jsonl")}},
        "test_split": "test",
        "output_type": "multiple_choice",
        "doc_to_text": "{{prompt}}",
        "doc_to_choice": "choices",
        "doc_to_target": "gold",
        "target_delimiter": "",
    }
    model = HFLM(pretrained=str(folder / "model"), dtype="float32", batch_size=BATCH, device="cpu")
    started = time.perf_counter()
    results = simple_evaluate(model=model, tasks=[task], log_samples=True, bootstrap_iters=0)
    seconds = time.perf_counter() - started
    samples = sorted(results["samples"]["eight_labels"], key=lambda sample: sample["doc_id"])
    return seconds, np.array([[float(one[0]) for one in sample["filtered_resps"]] for sample in samples])


def read_prompts(folder: Path) -> list[dict[str, list[str]]]:
    return [json.loads(line) for line in (folder / "prompts.jsonl").read_text().splitlines()]


if __name__ == "__main__":
    main()
