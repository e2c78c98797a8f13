"""Logs are what Inspect itself would have written, whole, streamed and the same every time."""

from __future__ import annotations

import json
import sys
import tracemalloc
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inspect_ai._util.constants import get_deserializing_context
from inspect_ai.log import (
    EvalLog,
    EvalSample,
    EvalSampleSummary,
    list_eval_logs,
    read_eval_log,
    read_eval_log_sample,
    read_eval_log_sample_summaries,
    read_eval_log_samples,
    recompute_metrics,
)

from affectlab.bench._eval_sample import SampleEncoder, encoded, summary
from affectlab.bench.eval_log import LoggedResult, LoggedSample, RunHeader, write_eval_log
from affectlab.errors import MissingExtra, RecordingError
from affectlab.models import Failure, Identity, Media, Quote, Request, Sampling

LABELS = {"N": "negative", "Neu": "neutral", "P": "positive"}
CLIP = Media("video", Path("/data/clips/sims_0001.mp4"), "ab" * 32)
ASKED = Request(("Transcript: ", Quote("今天真好"), "\nFace: ", CLIP, "\nWhich emotion?"))
MEASURED = {"log_likelihoods": (-0.5, -1.5, -3.0), "probabilities": (0.69, 0.25, 0.06)}

SAMPLES = {
    "scored": LoggedSample("scored", ASKED, "N", "N", **MEASURED, metadata={"source": "a"}, seconds=0.25),
    "wrong": LoggedSample("wrong", ASKED, "P", "N", **MEASURED, metadata={"source": "a"}),
    "said": LoggedSample("said", ASKED, "P", "P", "Positive.", metadata={"source": "b"}, seconds=1, tokens=3),
    "cut": LoggedSample(
        "cut", ASKED, "P", None, "Well, I", complete=False, metadata={"source": "b"}, tokens=4
    ),
    "told": LoggedSample("told", replace(ASKED, system="Be brief."), "P", "P", "positive"),
    "broken": LoggedSample("broken", ASKED, "P", failure=Failure("media", "clip.mp4 is missing")),
}


def header(**changes: object) -> RunHeader:
    plain = RunHeader(
        benchmark="emomm",
        task="emomm",
        version="1",
        model=Identity("hf:org/Model", "c0ffee", {"dtype": "bfloat16"}),
        mode="score",
        labels=LABELS,
        dataset="sims5",
        samples_sha256="5a" * 32,
        size=6,
        started=datetime(2026, 3, 1, 12, tzinfo=UTC),
        completed=datetime(2026, 3, 1, 13, tzinfo=UTC),
        results=(
            LoggedResult("overall", "accuracy", 0.6, stderr=0.1, low=0.4, high=0.8, n=5),
            LoggedResult("overall", "macro_f1", 0.5, low=0.3, high=0.7, n=5),
            LoggedResult("conflict", "accuracy", 0.4, stderr=0.2, n=3),
        ),
        manifest={"affectlab": "0.1.0"},
    )
    return replace(plain, **changes)


def written(folder: Path, samples: list[LoggedSample], **changes: object) -> Path:
    path = folder / "log.eval"
    write_eval_log(path, header(**changes), samples)
    return path


@pytest.fixture
def log(tmp_path: Path) -> EvalLog:
    return read_eval_log(str(written(tmp_path, list(SAMPLES.values()))))


def test_the_header_says_what_was_asked_of_whom(log: EvalLog) -> None:
    assert (log.version, log.status, log.eval.task) == (2, "success", "affectlab/emomm")
    assert log.eval.model == "affectlab/hf:org/Model"
    assert (log.eval.dataset.name, log.eval.dataset.samples) == ("sims5", 6)
    assert log.eval.metadata is not None
    assert log.eval.metadata["labels"] == LABELS
    assert log.eval.metadata["model"] == {
        "name": "hf:org/Model",
        "revision": "c0ffee",
        "settings": {"dtype": "bfloat16"},
    }
    assert log.eval.metadata["samples_sha256"] == "5a" * 32
    assert log.stats.started_at == "2026-03-01T12:00:00+00:00"
    assert log.stats.completed_at == "2026-03-01T13:00:00+00:00"


def test_inspect_models_keep_the_name_inspect_knows(tmp_path: Path) -> None:
    path = written(tmp_path, [], model=Identity("inspect:openai/gpt-4o", ""))
    assert read_eval_log(str(path)).eval.model == "openai/gpt-4o"


def test_results_keep_their_order_intervals_and_subsets(log: EvalLog) -> None:
    assert log.results is not None
    assert (log.results.total_samples, log.results.completed_samples) == (6, 5)
    overall, conflict = log.results.scores
    assert (overall.name, conflict.name) == ("overall", "conflict")
    assert list(overall.metrics) == ["accuracy", "macro_f1", "stderr"]
    assert overall.metrics["accuracy"].value == 0.6
    assert overall.metrics["accuracy"].metadata == {"stderr": 0.1, "low": 0.4, "high": 0.8, "n": 5}
    assert overall.metrics["stderr"].value == 0.1
    assert conflict.metrics["stderr"].value == 0.2


def test_tokens_are_added_up(log: EvalLog) -> None:
    assert log.stats.model_usage["affectlab/hf:org/Model"].output_tokens == 7


def test_how_words_were_generated_is_kept(tmp_path: Path) -> None:
    path = written(tmp_path, [], mode="generate", sampling=Sampling(16, 0.7, 3))
    config = read_eval_log(str(path)).plan.config
    assert (config.max_tokens, config.temperature, config.seed) == (16, 0.7, 3)


@pytest.mark.parametrize(
    ("name", "value", "answer"),
    [("scored", "C", "N"), ("wrong", "I", "N"), ("said", "C", "P"), ("cut", "I", None)],
)
def test_scores_are_marked_right_or_wrong(log: EvalLog, name: str, value: str, answer: str | None) -> None:
    scores = sample(log, name).scores
    assert scores is not None
    assert (scores["label"].value, scores["label"].answer) == (value, answer)


def test_an_unreadable_answer_says_so(log: EvalLog) -> None:
    scores = sample(log, "cut").scores
    assert scores is not None
    assert (scores["label"].reason, scores["label"].explanation) == ("invalid_response_format", "Well, I")
    assert sample(log, "cut").output.stop_reason == "max_tokens"


def test_likelihoods_are_numbers_and_a_table(log: EvalLog) -> None:
    scores = sample(log, "scored").scores
    assert scores is not None
    assert scores["label"].metadata == {
        "target": "N",
        "log_likelihoods": {"N": -0.5, "Neu": -1.5, "P": -3.0},
        "probabilities": {"N": 0.69, "Neu": 0.25, "P": 0.06},
    }
    assert "| neutral | -1.5000 | 0.2500 |" in (scores["label"].explanation or "")


def test_a_failed_sample_is_an_error_without_a_score(log: EvalLog) -> None:
    broken = sample(log, "broken")
    assert broken.error is not None
    assert broken.error.message == "media: clip.mp4 is missing"
    assert not broken.scores


def test_the_conversation_is_readable(log: EvalLog) -> None:
    assert [message.role for message in sample(log, "told").messages] == ["system", "user", "assistant"]
    user, assistant = sample(log, "said").messages
    assert (
        user.text == "Transcript: 今天真好\nFace: [video sims_0001.mp4 sha256 abababababab]\nWhich emotion?"
    )
    assert assistant.text == sample(log, "said").output.completion == "Positive."


def test_media_are_named_and_never_inlined(tmp_path: Path) -> None:
    clip = tmp_path / "clip.bin"
    clip.write_bytes(bytes(200_000))
    asked = Request((Media("video", clip, "cd" * 32),))
    path = written(tmp_path, [LoggedSample("one", asked, "N", "N")])
    assert path.stat().st_size < 5_000
    found = read_eval_log_sample(str(path), id="one").metadata["media"]
    assert found == [{"kind": "video", "path": str(clip), "sha256": "cd" * 32}]


@pytest.mark.parametrize("name", SAMPLES)
def test_records_hold_only_what_inspect_reads_back(name: str) -> None:
    record = json.loads(encoded(SampleEncoder(header()).sample(SAMPLES[name])))
    read = EvalSample.model_validate(deepcopy(record), context=get_deserializing_context())
    assert json.loads(read.model_dump_json(exclude_none=True)) == record


def test_ids_are_inspects_own_fields() -> None:
    record = SampleEncoder(header()).sample(SAMPLES["scored"])
    assert set(record) <= set(EvalSample.model_fields)
    assert set(summary(record)) <= set(EvalSampleSummary.model_fields)


long_text = st.text(st.sampled_from("ab \n\t情"), max_size=30).map(lambda text: text * 300)
facts = st.dictionaries(
    st.sampled_from(["clip", "note", "labels"]),
    st.one_of(long_text, st.floats(-1, 1), st.booleans(), st.lists(st.integers(0, 9), max_size=800)),
)


@given(words=long_text, answer=long_text, metadata=facts, name=st.sampled_from(sorted(SAMPLES)))
@settings(max_examples=40)
def test_summaries_are_inspects_own(words: str, answer: str, metadata: dict, name: str) -> None:
    request = replace(SAMPLES[name].request, parts=(Quote(words), CLIP))
    logged = replace(SAMPLES[name], request=request, text=answer, log_likelihoods=None, metadata=metadata)
    record = json.loads(encoded(SampleEncoder(header()).sample(logged)))
    context = get_deserializing_context()
    ours = EvalSampleSummary.model_validate(summary(record), context=context)
    assert ours == EvalSample.model_validate(deepcopy(record), context=context).summary()


def test_summaries_and_samples_agree(tmp_path: Path) -> None:
    path = str(written(tmp_path, list(SAMPLES.values())))
    summaries = {one.id: one for one in read_eval_log_sample_summaries(path)}
    read = {one.id: one for one in read_eval_log_samples(path)}
    assert list(summaries) == list(SAMPLES)
    assert {name: one.summary() for name, one in read.items()} == summaries


def test_inspect_lists_the_log(tmp_path: Path) -> None:
    written(tmp_path, [])
    assert [Path(info.name).name for info in list_eval_logs(str(tmp_path))] == ["log.eval"]


def test_inspect_computes_the_metrics_again_by_cluster(log: EvalLog) -> None:
    recompute_metrics(log)
    assert log.results is not None
    (score,) = log.results.scores
    assert score.metrics["accuracy"].value == pytest.approx(3 / 5)
    assert score.metrics["stderr"].params == {"cluster": "source"}
    # Of N one in two is right and one is answered too many; of P two of four.
    assert score.metrics["macro_f1"].value == pytest.approx((2 / 3 + 2 / 3) / 2)


@pytest.mark.parametrize("status", ["cancelled", "error"])
def test_unfinished_runs_say_so(tmp_path: Path, status: str) -> None:
    log = read_eval_log(str(written(tmp_path, [SAMPLES["said"]], status=status, error="server down")))
    assert (log.status, log.error and log.error.message) == (status, "server down")
    assert log.results is not None
    assert (log.results.total_samples, log.results.completed_samples) == (6, 1)


def test_a_run_without_samples_is_a_log(tmp_path: Path) -> None:
    assert read_eval_log_sample_summaries(str(written(tmp_path, []))) == []


def test_equal_runs_give_equal_bytes(tmp_path: Path) -> None:
    one = written(tmp_path / "one", list(SAMPLES.values())).read_bytes()
    assert written(tmp_path / "other", list(SAMPLES.values())).read_bytes() == one


def test_times_change_no_id_and_the_model_changes_all(tmp_path: Path) -> None:
    def ids(name: str, **changes: object) -> set[str]:
        log = read_eval_log(str(written(tmp_path / name, [SAMPLES["said"]], **changes)))
        assert log.samples is not None
        messages = {message.id or "" for message in log.samples[0].messages}
        return {log.eval.eval_id, log.eval.run_id, log.eval.task_id, log.samples[0].uuid or "", *messages}

    plain = ids("plain")
    assert len(plain) == 6
    assert ids("later", started=datetime(2027, 1, 1, tzinfo=UTC)) == plain
    assert not ids("model", model=Identity("hf:org/Other", "c0ffee")) & plain


def test_every_reader_can_read_odd_numbers_and_characters(tmp_path: Path) -> None:
    odd = LoggedSample(
        "odd",
        ASKED,
        "N",
        "N",
        text="half \ud83d pair",
        log_likelihoods=(float("-inf"), -1.0, float("nan")),
        probabilities=(0.0, 1.0, 0.0),
        metadata={"values": [float("inf")]},
    )
    path = written(tmp_path, [odd])
    with ZipFile(path) as archive:
        for name in archive.namelist():
            json.loads(archive.read(name), parse_constant=pytest.fail)
    read = read_eval_log_sample(str(path), id="odd")
    assert read.scores is not None
    assert read.scores["label"].metadata is not None
    assert read.scores["label"].metadata["log_likelihoods"] == {"N": "-inf", "Neu": -1.0, "P": "nan"}
    assert read.output.completion == "half ? pair"


def test_memory_does_not_grow_with_the_answers(tmp_path: Path) -> None:
    def wordy() -> Iterator[LoggedSample]:
        for number in range(200):
            yield replace(SAMPLES["said"], id=str(number), text=f"{number} " * 10_000)

    tracemalloc.start()
    write_eval_log(tmp_path / "log.eval", header(), wordy())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000, "the answers take 8 MB"


def test_a_run_that_breaks_leaves_the_older_log(tmp_path: Path) -> None:
    def breaking() -> Iterator[LoggedSample]:
        yield SAMPLES["said"]
        raise RuntimeError("power cut")

    path = written(tmp_path, [SAMPLES["scored"]])
    before = path.read_bytes()
    with pytest.raises(RuntimeError, match="power cut"):
        write_eval_log(path, header(), breaking())
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("")
    with pytest.raises(RecordingError, match=r"cannot write .*log\.eval"):
        write_eval_log(tmp_path / "runs" / "log.eval", header(), [])


def test_without_inspect_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "inspect_ai.log", None)
    with pytest.raises(MissingExtra, match=r"affectlab\[bench\]"):
        write_eval_log(tmp_path / "log.eval", header(), [])
    assert not list(tmp_path.iterdir())


def sample(log: EvalLog, name: str) -> EvalSample:
    return next(one for one in log.samples or () if one.id == name)
