"""CH-SIMS v2 in the layout its authors ship: ``meta.csv`` and ``Raw/<video_id>/<clip_id>.mp4``.

Liu et al. (2022), Make acoustic and visual cues matter: CH-SIMS v2.0 dataset and AV-Mixup consistent module,
ICMI, doi 10.1145/3536221.3556630; https://github.com/thuiar/ch-sims-v2. CH-SIMS (v1) has the same layout with
``label.csv`` in place of ``meta.csv`` and is read too.
"""

from __future__ import annotations

from pathlib import Path

from affectlab.bench.corpus_tables import Row, read_table
from affectlab.bench.emomm._corpus import Corpus, Draft, Skipped, first_with_content, require_some
from affectlab.bench.emomm.clip import Channel
from affectlab.bench.emomm.rules import EmoMMRules
from affectlab.errors import InvalidData, UnreadableFile

LAYOUT = "meta.csv and Raw/<video_id>/<clip_id>.mp4"

_TABLES = ("meta.csv", "meta(s).csv", "label.csv")
_LABELS: dict[Channel, str] = {"T": "label_T", "A": "label_A", "V": "label_V", "M": "label"}


def read_sims(folder: Path, rules: EmoMMRules) -> Corpus:
    """Read CH-SIMS v2.

    Clips without a transcript, a label of each modality or a file are skipped, with the reason.

    Raises
    ------
    UnreadableFile
        If the folder is laid out otherwise, or not one clip can be used.
    InvalidData
        If a value is out of [-1, 1], or a clip is listed twice.
    """
    table = first_with_content([folder / name for name in _TABLES])
    if table is None:
        raise UnreadableFile(f"{folder / _TABLES[0]} is missing; --sims expects a folder with {LAYOUT}")
    drafts: dict[str, Draft] = {}
    skipped = []
    for row in read_table(table, ("video_id", "clip_id", "text", *_LABELS.values())):
        found = _draft(row, folder, rules)
        if isinstance(found, Skipped):
            skipped.append(found)
        elif found.id in drafts:
            raise InvalidData(f"{row.place('clip_id')}: clip {found.id} was listed before")
        else:
            drafts[found.id] = found
    return require_some(Corpus("sims", tuple(drafts.values()), tuple(skipped), tables=(table,)), LAYOUT)


def _draft(row: Row, folder: Path, rules: EmoMMRules) -> Draft | Skipped:
    video, clip = row.name("video_id"), row.name("clip_id")
    name = f"sims_{video}_{clip.zfill(4)}"
    values = {channel: row.number_in(column, -1, 1) for channel, column in _LABELS.items()}
    known = {channel: value for channel, value in values.items() if value is not None}
    path = _media(folder / "Raw" / video, clip)
    if len(known) < len(values):
        return Skipped(name, f"no value in column {_LABELS[next(c for c in values if c not in known)]}")
    if not row.word("text"):
        return Skipped(name, "no transcript")
    if path is None:
        return Skipped(name, f"no file {folder / 'Raw' / video / clip.zfill(4)}.mp4")
    return Draft(
        id=name,
        corpus="sims",
        source=f"sims_{video}",
        speaker="",
        language="zh",
        text=row.word("text"),
        audio=path,
        video=path,
        labels={channel: rules.class_of(value) for channel, value in known.items()},
        values=known,
        details={"official_split": row.word("mode")},
    )


def _media(folder: Path, clip: str) -> Path | None:
    # Spreadsheets drop the leading zeros of clip_id that the files have.
    names = dict.fromkeys((clip, clip.zfill(4), clip.lstrip("0") or "0"))
    return first_with_content([folder / f"{name}.mp4" for name in names])
