"""Scores of music21: which are taken, and how they come onto the grid."""

import csv
from pathlib import Path

import numpy as np
import pytest

from affectlab.manifest import sha256
from affectlab.music.learned.corpus.origin import Dropped
from affectlab.music.learned.corpus.scores import (
    SCORES,
    beats_of,
    candidates,
    corpus_folder,
    score_piece,
)
from affectlab.music.learned.tokens import decode, encode

pytest.importorskip("music21")

LIST = Path(__file__).parents[2] / "recipes" / "music" / "scores.csv"

HEAD = (
    '<?xml version="1.0"?><score-partwise version="3.1"><part-list>{list}</part-list>{parts}</score-partwise>'
)


def note(step, octave, quavers):
    return (
        f"<note><pitch><step>{step}</step><octave>{octave}</octave></pitch>"
        f"<duration>{quavers}</duration></note>"
    )


def written(tmp_path, metre, *voices):
    """Write a score; a voice is a list of measures, each a list of (step, octave, quavers)."""
    beats, unit = metre.split("/")
    time = (
        f"<attributes><divisions>2</divisions><time><beats>{beats}</beats>"
        f"<beat-type>{unit}</beat-type></time></attributes>"
    )
    parts = ""
    for number, voice in enumerate(voices):
        measures = "".join(
            f'<measure number="{i}">{"" if i else time}{"".join(note(*one) for one in measure)}</measure>'
            for i, measure in enumerate(voice)
        )
        parts += f'<part id="P{number}">{measures}</part>'
    names = "".join(
        f'<score-part id="P{n}"><part-name>x</part-name></score-part>' for n in range(len(voices))
    )
    path = tmp_path / "score.musicxml"
    path.write_text(HEAD.format(list=names, parts=parts))
    return path


def test_the_list_keeps_exactly_the_scores_that_are_taken() -> None:
    with LIST.open(newline="", encoding="utf-8") as file:
        entries = list(csv.DictReader(file))
    assert {one["path"] for one in entries if one["decision"] == "keep"} == {one.path for one in SCORES}
    assert all(one["reason"] and one["decision"] in {"keep", "leave"} for one in entries)
    for one in entries:
        if one["decision"] == "keep":
            assert any(word in one["rights"] for word in ("CC0", "Public Domain", "CC-BY)"))


def test_staves_are_parts_by_register(tmp_path) -> None:
    low = [[("C", 3, 8)], [("G", 2, 8)]]
    middle = [[("E", 4, 4), ("F", 4, 4)], [("D", 4, 8)]]
    high = [[("C", 5, 2), ("D", 5, 2), ("E", 5, 4)], [("B", 4, 8)]]
    piece = score_piece("x", written(tmp_path, "4/4", middle, low, high))
    assert piece.metres.tolist() == [4, 4]
    assert piece.of_part("melody")["pitch"].tolist() == [72, 74, 76, 71]
    assert piece.of_part("harmony")["start"].tolist() == [0, 24, 48]
    assert piece.of_part("bass")["pitch"].tolist() == [48, 43]
    assert np.isnan(piece.tempo).all()


def test_an_upbeat_ends_at_the_bar_line_and_quavers_of_six_eight_are_thirds(tmp_path) -> None:
    voice = [[("G", 4, 1)], [("C", 5, 3), ("E", 5, 1), ("D", 5, 1), ("C", 5, 1)], [("G", 4, 6)]]
    piece = score_piece("x", written(tmp_path, "6/8", voice))
    assert piece.metres.tolist() == [2, 2, 2]
    assert piece.notes["start"].tolist() == [20, 24, 36, 40, 44, 48]
    assert piece.notes["duration"].tolist() == [4, 12, 4, 4, 4, 24]


@pytest.mark.parametrize(
    ("metre", "expected"),
    [
        ("4/4", (4, 1)),
        ("2/2", (4, 1)),
        ("3/2", (3, 2)),
        ("6/8", (2, 1.5)),
        ("3/8", (3, 0.5)),
        ("12/8", (4, 1.5)),
    ],
)
def test_a_beat_is_what_one_taps(metre, expected) -> None:
    assert beats_of(*map(int, metre.split("/"))) == expected


@pytest.mark.parametrize("metre", ["7/4", "3/16", "9/2"])
def test_rare_metres_are_left_out(metre, tmp_path) -> None:
    with pytest.raises(Dropped, match=f"metre {metre}"):
        score_piece("x", written(tmp_path, metre, [[("C", 4, 8)]]))


def test_measures_that_ignore_the_metre_are_left_out(tmp_path) -> None:
    crooked = [[("C", 4, 8)], *[[("C", 4, 5)]] * 5]
    with pytest.raises(Dropped, match="of its measures begin on a bar line"):
        score_piece("x", written(tmp_path, "4/4", crooked))


def test_silence_is_left_out(tmp_path) -> None:
    with pytest.raises(Dropped, match="no notes"):
        score_piece("x", written(tmp_path, "4/4", [[]]))


def test_the_scores_of_music21_are_those_whose_licence_was_read() -> None:
    pieces, reasons = [], []
    for candidate in candidates():
        try:
            pieces.append(candidate.read())
        except Dropped as why:
            reasons.append(str(why))
    assert [sha256(corpus_folder() / one.path) for one in SCORES] == [one.sha256 for one in SCORES]
    assert len(pieces) == 5
    assert reasons == ["metre changes within a bar"]
    for piece in pieces:
        assert decode(encode(piece)).notes.tolist() == piece.notes.tolist()


def test_another_edition_of_a_score_is_not_taken(tmp_path, monkeypatch) -> None:
    from affectlab.music.learned.corpus import scores

    monkeypatch.setattr(scores, "corpus_folder", lambda: tmp_path)
    (tmp_path / SCORES[0].path).parent.mkdir(parents=True)
    (tmp_path / SCORES[0].path).write_text("another")
    reasons = []
    for candidate in list(scores.candidates())[:2]:
        with pytest.raises(Dropped) as why:
            candidate.read()
        reasons.append(str(why.value))
    assert reasons == ["not the file whose licence was read", "not in this edition of the music21 corpus"]
