"""Runs as Inspect ``.eval`` logs, written as a stream.

Such a log is a zip archive: ``header.json``, ``summaries.json`` and one file per sample under ``samples/``
(Inspect AI, `inspect_ai.log`). Summaries wait on disk and only ids in memory, so memory hardly grows with the
run: half a kilobyte per sample, most of it the archive's own directory.
"""

from __future__ import annotations

import shutil
import tempfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from affectlab.bench._eval_header import make_header, make_plan, make_spec
from affectlab.bench._eval_sample import SampleEncoder, encoded, summary
from affectlab.bench._logged_run import LoggedResult, LoggedSample, RunHeader
from affectlab.errors import MissingExtra
from affectlab.files import writing

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["LoggedResult", "LoggedSample", "RunHeader", "write_eval_log"]

_CHUNK = 1 << 20


def write_eval_log(path: Path, header: RunHeader, samples: Iterable[LoggedSample]) -> None:
    """Write a run as a log that ``inspect view`` and `inspect_ai.log.read_eval_log` open.

    Equal runs give equal files apart from the times of `header` and the seconds of the samples.

    Parameters
    ----------
    path
        Ends in ``.eval``; whole or absent.
    header
        About the run.
    samples
        In any order, consumed once.

    Raises
    ------
    MissingExtra
        If Inspect is not installed.
    DiskFull, RecordingError
        If the file cannot be written.
    """
    _need_inspect()
    encoder = SampleEncoder(header)
    with writing(path) as temporary, ZipFile(temporary, "w") as archive, tempfile.TemporaryFile() as short:
        _add(archive, "_journal/start.json", encoded(_start(header)))
        ids: list[str] = []
        answered = tokens = 0
        for sample in samples:
            record = encoder.sample(sample)
            _add(archive, f"samples/{sample.id}_epoch_1.json", encoded(record))
            short.write((b"," if ids else b"[") + encoded(summary(record)))
            ids.append(sample.id)
            answered += sample.failure is None
            tokens += sample.tokens
        short.write(b"]" if ids else b"[]")
        _copy(archive, "summaries.json", short)
        log = make_header(header, ids, answered=answered, tokens=tokens)
        _add(archive, "header.json", encoded(_dumped(log)))


def _need_inspect() -> None:
    try:
        import inspect_ai.log  # noqa: F401
    except ImportError as error:
        raise MissingExtra("inspect-ai", "bench") from error


def _start(header: RunHeader) -> dict[str, Any]:
    return {"version": 2, "eval": _dumped(make_spec(header)), "plan": _dumped(make_plan(header))}


def _dumped(model: BaseModel) -> dict[str, Any]:
    content: dict[str, Any] = model.model_dump(mode="json", exclude_none=True)
    return content


def _add(archive: ZipFile, name: str, content: bytes) -> None:
    # Deflate, since every reader knows it and setting up Inspect's own zstd, with its threads, for each of
    # thousands of small files costs more than all the rest.
    archive.writestr(_entry(name), content, ZIP_DEFLATED, zlib.Z_BEST_SPEED)


def _copy(archive: ZipFile, name: str, content: BinaryIO) -> None:
    content.seek(0)
    entry = _entry(name)
    entry.compress_type = ZIP_DEFLATED
    with archive.open(entry, "w", force_zip64=True) as file:
        shutil.copyfileobj(content, file, _CHUNK)


def _entry(name: str) -> ZipInfo:
    # No time of day, so that equal runs give equal bytes.
    entry = ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.external_attr = 0o600 << 16
    return entry
