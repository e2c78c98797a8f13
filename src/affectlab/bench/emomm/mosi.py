"""CMU-MOSI as released: the raw data of its authors, or the copy of it that MMSA ships.

Zadeh et al. (2016), MOSI: multimodal corpus of sentiment intensity and subjectivity analysis in online
opinion videos, arXiv 1606.06259.

Raw: ``Transcript/Segmented/<video>.annotprocessed`` with lines ``<segment>_DELIM_<words>``,
``Video/Segmented/<video>_<segment>.mp4``, ``Audio/WAV_16000/Segmented/<video>_<segment>.wav``, directly in
the folder or in ``Raw``; ratings in ``Labels/OpinionLevelSentiment.csv``, without header: start, end, video,
segment, rating. MMSA (https://github.com/thuiar/MMSA): ``label.csv`` and ``Raw/<video_id>/<clip_id>.mp4``.
Raw media with MMSA's ``label.csv`` will do as well.

EmoMM had the clips re-labelled for text, voice and face alone, by five annotators each with -1, 0 or 1, and
has not published the result. Whoever has such labels gives a CSV with the columns clip
(``<video>_<segment>``), T, A and V, each the mean of the annotators, in [-1, 1].
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from affectlab.bench.corpus_tables import Row, read_table
from affectlab.bench.emomm._corpus import Corpus, Draft, Skipped, first_with_content, require_some
from affectlab.bench.emomm.clip import Channel
from affectlab.bench.emomm.rules import MOSI_BOUND, EmoMMRules
from affectlab.errors import InvalidData, UnreadableFile
from affectlab.models import MODALITIES

LAYOUT = (
    "Video/Segmented/<video>_<segment>.mp4 (in the folder or in Raw) or Raw/<video_id>/<clip_id>.mp4, with "
    "Labels/OpinionLevelSentiment.csv or label.csv"
)

_OPINIONS = ("start", "end", "video_id", "clip_id", "label")
_UNIMODAL = ("clip", *MODALITIES)


@dataclass(frozen=True, slots=True)
class _Opinion:
    video: str
    segment: str
    rating: float
    words: str
    split: str

    @property
    def name(self) -> str:
        return f"{self.video}_{self.segment}"


def read_mosi(folder: Path, unimodal: Path | None, rules: EmoMMRules) -> Corpus:
    """Read CMU-MOSI.

    Parameters
    ----------
    folder
        As its authors or MMSA ship it.
    unimodal
        CSV with the labels of single modalities; without them no clip can be told aligned or in conflict, so
        none is taken, and a note says so.
    rules
        How ratings become classes.

    Raises
    ------
    UnreadableFile
        If the folder is laid out otherwise, or not one clip can be used.
    InvalidData
        If a value is out of range, or a clip is listed twice.
    """
    table, opinions = _opinions(folder)
    if unimodal is None:
        note = (
            f"mosi: all {len(opinions)} clips left out, they have no labels of single modalities; give them "
            f"with --mosi-unimodal CSV (columns {', '.join(_UNIMODAL)}; means in [-1, 1])"
        )
        return Corpus("mosi", (), notes=(note,), tables=(table,))
    alone = _unimodal(unimodal)
    words = _transcripts(folder)
    found = [_draft(opinion, folder, words, alone, rules) for opinion in opinions]
    drafts = tuple(one for one in found if isinstance(one, Draft))
    skipped = tuple(one for one in found if isinstance(one, Skipped))
    return require_some(Corpus("mosi", drafts, skipped, tables=(table, unimodal)), LAYOUT)


def _opinions(folder: Path) -> tuple[Path, list[_Opinion]]:
    official = first_with_content([folder / "Labels" / "OpinionLevelSentiment.csv"])
    table = official or first_with_content([folder / "label.csv"])
    if table is None:
        missing = folder / "Labels" / "OpinionLevelSentiment.csv"
        raise UnreadableFile(f"{missing} is missing; --mosi expects a folder with {LAYOUT}")
    rows = read_table(table, _OPINIONS if official else _OPINIONS[2:], header=official is None)
    opinions: dict[str, _Opinion] = {}
    for row in rows:
        opinion = _opinion(row)
        if opinion.name in opinions:
            raise InvalidData(f"{row.place('clip_id')}: clip {opinion.name} was listed before")
        opinions[opinion.name] = opinion
    return table, list(opinions.values())


def _opinion(row: Row) -> _Opinion:
    rating = row.number_in("label", -MOSI_BOUND, MOSI_BOUND)
    if rating is None:
        raise InvalidData(f"{row.place('label')} is empty, expected a number in [-3, 3]")
    # Written as 1, 1.0 or 0001, depending on who last saved the table.
    segment = row.name("clip_id").removesuffix(".0").lstrip("0") or "0"
    return _Opinion(row.name("video_id"), segment, rating, row.word("text"), row.word("mode"))


def _unimodal(table: Path) -> dict[str, dict[Channel, float]]:
    return {
        row.word("clip"): {
            modality: value
            for modality in MODALITIES
            if (value := row.number_in(modality, -1, 1)) is not None
        }
        for row in read_table(table, _UNIMODAL)
    }


def _transcripts(folder: Path) -> dict[str, str]:
    return {
        f"{path.stem}_{segment}": words
        for place in _roots(folder)
        for path in sorted((place / "Transcript" / "Segmented").glob("*.annotprocessed"))
        for segment, words in _lines(path)
    }


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    content = path.read_bytes()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    for line in text.splitlines():
        segment, delimiter, words = line.partition("_DELIM_")
        if delimiter:
            yield segment.strip(), words.strip()


def _roots(folder: Path) -> tuple[Path, Path]:
    return folder, folder / "Raw"


def _draft(
    opinion: _Opinion,
    folder: Path,
    words: Mapping[str, str],
    alone: Mapping[str, Mapping[Channel, float]],
    rules: EmoMMRules,
) -> Draft | Skipped:
    name, text = f"mosi_{opinion.name}", opinion.words or words.get(opinion.name, "")
    values = dict(alone.get(opinion.name, {}))
    video = _video(folder, opinion)
    if len(values) < len(MODALITIES):
        return Skipped(name, "not all of T, A and V in the labels of single modalities")
    if not text:
        return Skipped(name, "no transcript")
    if video is None:
        return Skipped(name, f"no file {opinion.name}.mp4 in Video/Segmented and none in Raw/{opinion.video}")
    values["M"] = rules.from_mosi(opinion.rating)
    return Draft(
        id=name,
        corpus="mosi",
        source=f"mosi_{opinion.video}",
        speaker=f"mosi_{opinion.video}",
        language="en",
        text=text,
        audio=_audio(folder, opinion) or video,
        video=video,
        labels={channel: rules.class_of(value) for channel, value in values.items()},
        values=values,
        details={"rating": opinion.rating, "official_split": opinion.split},
    )


def _video(folder: Path, opinion: _Opinion) -> Path | None:
    official = [root / "Video" / "Segmented" / f"{opinion.name}.mp4" for root in _roots(folder)]
    return first_with_content([*official, folder / "Raw" / opinion.video / f"{opinion.segment}.mp4"])


def _audio(folder: Path, opinion: _Opinion) -> Path | None:
    place = Path("Audio") / "WAV_16000" / "Segmented" / f"{opinion.name}.wav"
    return first_with_content([root / place for root in _roots(folder)])
