"""The organism and a small data set of clips to steer it on, made once for all tests of a process."""

from __future__ import annotations

import shutil
import tempfile
from atexit import register
from functools import cache
from pathlib import Path
from typing import cast

import torch

from affectlab.bench.dataset import read_dataset
from affectlab.bench.emomm.build import EmoMMSources, build_emomm
from affectlab.bench.emomm.rules import EmoMMRules
from affectlab.bench.emomm.task import EmoMMTask
from affectlab.bench.steering.cases import cases_of, print_of_data
from affectlab.models import ModelOptions, load_model
from affectlab.models.hf.model import HfModel
from affectlab.steering.case import Case
from affectlab.steering.plan import DataPrint

CLIPS = 12


@cache
def organism() -> HfModel:
    torch.set_num_threads(1)
    return cast("HfModel", load_model("organism", ModelOptions(batch_size=16)))


@cache
def small_data() -> tuple[list[Case], tuple[str, ...], DataPrint]:
    """Cases of a few clips, the words of their labels, and what they are."""
    folder = Path(tempfile.mkdtemp())
    register(shutil.rmtree, folder, ignore_errors=True)
    build_emomm(EmoMMSources(synth=CLIPS), folder, rules=EmoMMRules(test_share=0), seed=11)
    dataset = read_dataset(folder)
    task = EmoMMTask(dataset.info)
    cases = cases_of(dataset, task)
    return cases, tuple(task.labels.values()), print_of_data(dataset, "train", cases)
