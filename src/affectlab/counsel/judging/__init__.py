"""Judging counselling models: answers, rubrics, pairs, decoys, faithfulness, sycophancy, and people."""
