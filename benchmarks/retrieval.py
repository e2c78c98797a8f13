"""How well entries are found, and how fast: words, meaning and both; and with 100,000 entries.

Usage: python benchmarks/retrieval.py [--queries FILE] [--many 100000] [--out FILE]

Quality is over the labelled questions of ``benchmarks/retrieval_queries.jsonl``, with 95 % bootstrap
intervals over questions. recall@5 is the share of relevant entries among the first five, of at most five;
nDCG@10 has gains 2^grade − 1. Nobody's contraindications filter. The text embedder must be installed
(``affectlab models pull embedder``); without it only words are measured.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from affectlab.affect.statistics import cluster_bootstrap_mean
from affectlab.planning.knowledge import KnowledgeEntry, Wanted
from affectlab.planning.knowledge.bm25 import WordIndex
from affectlab.planning.knowledge.dense import ExactVectors, embedded, question
from affectlab.planning.knowledge.embedder import NAME, Embedder, models_folder
from affectlab.planning.knowledge.hybrid import HybridRetriever
from affectlab.planning.knowledge.store import shipped

QUERIES = Path(__file__).with_name("retrieval_queries.jsonl")
ROW = "{:<13}{:<4}{:>4}  {:<20}{:>22}{:>22}"
Ways = dict[str, Callable[[str], list[str]]]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--queries", type=Path, default=QUERIES)
    parser.add_argument("--many", type=int, default=100_000)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    queries = [json.loads(line) for line in arguments.queries.read_text(encoding="utf-8").splitlines()]
    folder = models_folder() / NAME
    embedder = Embedder(folder) if folder.is_dir() else None
    rows = list(quality(queries, ways(embedder)))
    show(rows)
    times = list(speed(queries, ways(embedder)))
    if arguments.many and embedder:
        times += many(arguments.many, queries[:40], embedder)
    for row in times:
        print(" ".join(f"{name}={value}" for name, value in row.items()), flush=True)
    if arguments.out:
        arguments.out.write_text(json.dumps({"quality": rows, "speed": times}, indent=1), encoding="utf-8")


def ways(embedder: Embedder | None) -> Ways:
    """Return each way of searching the shipped entries, from a question to the ids of ten entries."""
    entries = shipped()
    words = WordIndex(entries)
    found: Ways = {
        "words": lambda text: [entries[one].id for one in words.nearest(text, 10)],
        "words, no lexicon": lambda text: [
            entries[one].id for one in words.nearest(text, 10, translated=False)
        ],
    }
    if embedder is None:
        print("no text embedder: words only", file=sys.stderr)
        return found
    vectors = ExactVectors(embedded(entries, embedder))
    hybrid = HybridRetriever(entries, embedder, vectors)

    def meaning(text: str) -> list[str]:
        return [entries[one].id for one in vectors.nearest(embedder.queries([text])[0], 10)]

    return found | {
        "meaning, no lexicon": meaning,
        "meaning": lambda text: meaning(question(text)),
        "both": lambda text: [one.entry.id for one in hybrid.search(Wanted(text, None, 10))],
    }


def quality(queries: list[dict], by: Ways) -> Iterator[dict]:
    """Yield recall and nDCG of each way, by set and language."""
    for part in ("development", "held-out"):
        for language in ("en", "zh", "all"):
            chosen = [one for one in queries if one["set"] == part and language in (one["language"], "all")]
            for name, way in by.items():
                scores = [judged(way(one["query"]), one["relevant"]) for one in chosen]
                row = {"set": part, "language": language, "n": len(chosen), "way": name}
                for metric, values in zip(("recall@5", "nDCG@10"), zip(*scores, strict=True), strict=True):
                    interval = cluster_bootstrap_mean(values, range(len(values)))
                    row[metric] = [round(one, 3) for one in (interval.value, interval.low, interval.high)]
                yield row


def judged(found: list[str], relevant: dict[str, int]) -> tuple[float, float]:
    """Return recall@5 and nDCG@10 of an answer."""
    discounts = 1 / np.log2(np.arange(2, 12))
    gains = np.array([2 ** relevant.get(name, 0) - 1 for name in found[:10]])
    best = 2 ** np.sort(list(relevant.values()))[::-1][:10] - 1
    recall = len(relevant.keys() & set(found[:5])) / min(5, len(relevant))
    return recall, float(gains @ discounts[: len(gains)] / (best @ discounts[: len(best)]))


def show(rows: list[dict]) -> None:
    print(ROW.format("set", "lang", "n", "way", "recall@5", "nDCG@10"))
    for row in rows:
        cells = ["{:.2f} [{:.2f}, {:.2f}]".format(*row[metric]) for metric in ("recall@5", "nDCG@10")]
        print(ROW.format(row["set"], row["language"], row["n"], row["way"], *cells), flush=True)


def speed(queries: list[dict], by: Ways) -> Iterator[dict]:
    """Yield the time of each way over all questions, and of building the index."""
    started = time.perf_counter()
    WordIndex(shipped())
    yield {
        "what": "word index",
        "entries": len(shipped()),
        "seconds": round(time.perf_counter() - started, 3),
    }
    for name, way in by.items():
        yield {"what": name, "entries": len(shipped())} | timed(
            lambda one, way=way: way(one["query"]), queries
        )


def timed(run: Callable, items: list) -> dict:
    """Return p50 and p95 of a function over items, in milliseconds, after one run to warm up."""
    run(items[0])
    seconds = []
    for item in items:
        started = time.perf_counter()
        run(item)
        seconds.append(time.perf_counter() - started)
    p50, p95 = 1000 * np.percentile(seconds, [50, 95])
    return {"p50_ms": round(p50, 2), "p95_ms": round(p95, 2)}


def many(count: int, queries: list[dict], embedder: Embedder) -> list[dict]:
    """Return times with many entries: claims recombined, vectors the noisy middle of two shipped ones."""
    random = np.random.default_rng(0)
    first, second = random.integers(0, len(shipped()), (2, count))
    entries = [recombined(number, *pair) for number, pair in enumerate(zip(first, second, strict=True))]
    own = embedded(shipped(), embedder)
    vectors = own[first] + own[second] + random.normal(0, 0.02, (count, own.shape[1]))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    started = time.perf_counter()
    words = WordIndex(entries)
    rows = [{"what": "word index", "entries": count, "seconds": round(time.perf_counter() - started, 2)}]
    rows.append(
        {"what": "words", "entries": count} | timed(lambda one: words.nearest(one["query"], 50), queries)
    )
    asked = list(embedder.queries([question(one["query"]) for one in queries]))
    exact = ExactVectors(vectors)
    rows.append({"what": "NumPy", "entries": count} | timed(lambda one: exact.nearest(one, 50), asked))
    return rows + lance(vectors, exact, asked)


def lance(vectors: np.ndarray, exact: ExactVectors, asked: list[np.ndarray]) -> list[dict]:
    """Return how LanceDB compares with exact dot products: time, and how many of the nearest it finds."""
    from affectlab.planning.knowledge.lance import LanceVectors

    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        index = LanceVectors(vectors, Path(folder))
        built = {"what": "LanceDB index", "entries": len(vectors)}
        built["seconds"] = round(time.perf_counter() - started, 1)
        row = {"what": "LanceDB", "entries": len(vectors)} | timed(lambda one: index.nearest(one, 50), asked)
        shared = [set(exact.nearest(one, 50)) & set(index.nearest(one, 50)) for one in asked]
        row["of_nearest_50_found"] = round(float(np.mean([len(one) / 50 for one in shared])), 3)
    return [built, row]


def recombined(number: int, first: int, second: int) -> KnowledgeEntry:
    """Return an entry with half the claim of one and half of another."""
    one, other = shipped()[first], shipped()[second]
    left, right = one.claim.split(), other.claim.split()
    claim = " ".join([*left[: len(left) // 2], *right[len(right) // 2 :]])
    return one.model_copy(update={"id": f"synthetic-{number}", "claim": claim})


if __name__ == "__main__":
    main()
