"""How far a model can be trusted as a judge of explanations, on scenes whose right answers are known.

    python benchmarks/judge_controls.py --judge gguf:qwen2.5-coder-1.5b-instruct-q4_k_m.gguf --out judge

The scenes are words, so a judge that takes no images can be measured; the criterion is causal soundness. What
was asked before is kept in ``--out`` and not asked again.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from affectlab.bench.aica.judged import CAUSAL
from affectlab.bench.judging.cases import scenes
from affectlab.bench.judging.controls import run_controls
from affectlab.bench.judging.judge import opened_judge
from affectlab.files import finite
from affectlab.models import ModelOptions, load_model


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--judge", required=True)
    parser.add_argument("--language", choices=("en", "zh"))
    parser.add_argument("--cases", type=int, default=12)
    parser.add_argument("--no-reasons", action="store_true", help="ask for the verdict alone")
    parser.add_argument("--ratings", action="store_true", help="have every answer rated alone as well")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--out", type=Path, default=Path("judge"))
    arguments = parser.parse_args()
    model = load_model(arguments.judge, ModelOptions(threads=arguments.threads))
    began = time.perf_counter()
    with opened_judge(model, arguments.out, reasons=not arguments.no_reasons) as judge:
        cases = scenes(arguments.language)[: arguments.cases]
        found = run_controls(judge, cases, CAUSAL, ratings=arguments.ratings)
    print(json.dumps({"judge": arguments.judge, "rows": finite(found.rows), "trust": found.line}, indent=2))
    print(f"{time.perf_counter() - began:.0f} s")
    model.close()


if __name__ == "__main__":
    main()
