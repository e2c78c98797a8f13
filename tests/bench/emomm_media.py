"""Tiny real media, and corpora laid out as their publishers ship them."""

from __future__ import annotations

import csv
from pathlib import Path

import av
import numpy as np

RATE = 16000


def write_video(path: Path, *, tone: float = 200.0, light: int = 128, seconds: float = 0.4) -> Path:
    """An mp4 of one shade with a tone on its sound track."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        pictures = container.add_stream("mpeg4", rate=10)
        pictures.width = pictures.height = 32
        pictures.pix_fmt = "yuv420p"
        sound = container.add_stream("aac", rate=RATE, layout="mono")
        for number in range(int(seconds * 10)):
            picture = np.full((32, 32, 3), light, np.uint8)
            picture[number % 32] = 255 - light
            container.mux(pictures.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(pictures.encode())
        _encode_tone(container, sound, "fltp", tone, seconds)
    return path


def write_sound(path: Path, *, tone: float = 200.0, seconds: float = 0.4) -> Path:
    """A 16 kHz mono WAV of a tone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        _encode_tone(
            container, container.add_stream("pcm_s16le", rate=RATE, layout="mono"), "flt", tone, seconds
        )
    return path


def _encode_tone(container, stream, sample_format: str, tone: float, seconds: float) -> None:
    wave = 0.3 * np.sin(2 * np.pi * tone * np.arange(int(seconds * RATE)) / RATE)
    frame = av.AudioFrame.from_ndarray(wave.astype(np.float32)[None], format=sample_format, layout="mono")
    frame.sample_rate = RATE
    resampled = av.AudioResampler(format=stream.format, layout="mono", rate=RATE).resample(frame)
    for part in resampled:
        container.mux(stream.encode(part))
    container.mux(stream.encode())


def write_table(path: Path, rows: list[list[object]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


SIMS_COLUMNS = (
    "video_id",
    "clip_id",
    "text",
    "label",
    "label_T",
    "label_A",
    "label_V",
    "annotation",
    "mode",
)
SIMS_ROWS = (
    ("video_0001", "0001", "我不想嫁给李茶", -0.8, -0.8, -0.6, -1.0, "Negative", "train"),
    ("video_0001", "0002", "都是假的", -0.4, 0.0, -0.6, -0.4, "Negative", "train"),
    ("video_0002", "0001", "太好了，谢谢你", 0.8, 0.9, 0.4, 0.6, "Positive", "test"),
    ("video_0003", "0007", "今天星期三", 0.0, 0.0, 0.1, 0.0, "Neutral", "valid"),
)


def write_sims(folder: Path, rows=SIMS_ROWS) -> Path:
    """CH-SIMS v2: meta.csv and Raw/<video_id>/<clip_id>.mp4."""
    write_table(folder / "meta.csv", [list(SIMS_COLUMNS), *map(list, rows)])
    for number, (video, clip, *_) in enumerate(rows):
        write_video(folder / "Raw" / video / f"{str(clip).zfill(4)}.mp4", tone=150 + 50 * number)
    return folder


MOSI_ROWS = (
    ("03bSnISJMiM", 1, "ANYHOW IT WAS REALLY GOOD", 2.4),
    ("03bSnISJMiM", 2, "THEY DIDN'T REALLY DO A WHOLE BUNCH", -1.0),
    ("_dI--eQ6qVU", 1, "A LOT OF SAD PARTS", -0.8),
)


def write_mosi_raw(folder: Path, rows=MOSI_ROWS) -> Path:
    """CMU-MOSI: Raw/{Audio,Video,Transcript} and Labels/OpinionLevelSentiment.csv."""
    write_table(
        folder / "Labels" / "OpinionLevelSentiment.csv",
        [[1.5, 3.0, video, segment, rating] for video, segment, _, rating in rows],
    )
    for video in {row[0] for row in rows}:
        lines = [f"{segment}_DELIM_{words}\n" for one, segment, words, _ in rows if one == video]
        transcript = folder / "Raw" / "Transcript" / "Segmented" / f"{video}.annotprocessed"
        transcript.parent.mkdir(parents=True, exist_ok=True)
        transcript.write_text("".join(lines))
    for video, segment, *_ in rows:
        write_video(folder / "Raw" / "Video" / "Segmented" / f"{video}_{segment}.mp4")
        write_sound(folder / "Raw" / "Audio" / "WAV_16000" / "Segmented" / f"{video}_{segment}.wav")
    return folder


def write_mosi_mmsa(folder: Path, rows=MOSI_ROWS) -> Path:
    """CMU-MOSI as MMSA ships it: label.csv and Raw/<video_id>/<clip_id>.mp4."""
    table = [[video, clip, words, rating, "", "", "", "", "train"] for video, clip, words, rating in rows]
    write_table(folder / "label.csv", [list(SIMS_COLUMNS), *table])
    for video, clip, *_ in rows:
        write_video(folder / "Raw" / video / f"{clip}.mp4")
    return folder


def write_unimodal(path: Path, rows=MOSI_ROWS) -> Path:
    labels = [[f"{video}_{segment}", 0.8, 0.2, -0.4] for video, segment, *_ in rows]
    return write_table(path, [["clip", "T", "A", "V"], *labels])


CREMA_D_COLUMNS = ("", "A", "D", "F", "H", "N", "S", "fileName")

# Voice, face and both: votes for anger and for neutral.
CREMA_D_VOTES = {
    "1001_DFA_ANG_XX": ((6, 1), (5, 2), (8, 1)),
    "1001_DFA_NEU_XX": ((1, 7), (0, 9), (1, 8)),
    "1001_IEO_ANG_HI": ((2, 6), (7, 1), (7, 2)),
    "1002_DFA_ANG_XX": ((9, 0), (8, 1), (9, 0)),
    "1002_DFA_NEU_XX": ((4, 4), (0, 9), (0, 9)),
}


def write_crema_d(folder: Path, votes=CREMA_D_VOTES) -> Path:
    """CREMA-D: processedResults/tabulatedVotes.csv, VideoFlash/*.flv and AudioWAV/*.wav."""
    rows = [
        [f"{shown}{number:05d}", anger, 0, 0, 0, neutral, 0, name]
        for shown in (1, 2, 3)
        for number, (name, judged) in enumerate(votes.items(), 1)
        for anger, neutral in [judged[shown - 1]]
    ]
    write_table(folder / "processedResults" / "tabulatedVotes.csv", [list(CREMA_D_COLUMNS), *rows])
    for name in votes:
        write_video(folder / "tmp.mp4").rename(_made(folder / "VideoFlash") / f"{name}.flv")
        write_sound(folder / "AudioWAV" / f"{name}.wav")
    return folder


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder
