"""The token stream: round trips, agreement with miditok, beats counted in two ways."""

import numpy as np
import pytest
from grid_pieces import made, pieces
from hypothesis import given, settings
from hypothesis import strategies as st

from affectlab.errors import UnreadableFile
from affectlab.music.instruments import PARTS
from affectlab.music.learned.cursor import Cursor
from affectlab.music.learned.piece import DURATIONS, METRES, PITCHES, PROGRAMS, TICKS
from affectlab.music.learned.tokens import RESOLUTIONS, decode, encode, tokenizer, vocabulary
from affectlab.music.learned.vocabulary import Kind, Vocabulary

pytest.importorskip("miditok")

KINDS = {
    "Bar": Kind.BAR,
    "TimeSig": Kind.METRE,
    "Position": Kind.POSITION,
    "Program": Kind.PART,
    "Pitch": Kind.PITCH,
    "Duration": Kind.DURATION,
}


@given(pieces())
@settings(max_examples=60)
def test_decoding_gives_back_every_note_and_every_bar(piece) -> None:
    back = decode(encode(piece))
    assert back.metres.tolist() == piece.metres.tolist()
    assert back.notes.tolist() == piece.notes.tolist()


@given(pieces())
@settings(max_examples=40)
def test_a_cursor_reads_the_notes_and_beats_without_miditok(piece) -> None:
    words, ids = vocabulary(), encode(piece)
    cursor, beats, notes = Cursor(words), [], []
    for token in ids:
        cursor = cursor.after(int(token))
        beats.append(cursor.beat)
        notes += [cursor.note] if cursor.note else []
    assert words.beats(ids).tolist() == beats
    key = ["start", "part", "pitch"]
    order = np.argsort(np.array(notes, piece.notes.dtype), order=key)
    assert [tuple(notes[i]) for i in order] == piece.notes.tolist()
    assert all(note.start // TICKS in beats for note in notes)
    assert cursor.bar == len(piece.metres) - 1


def test_beats_of_a_stream_that_changes_metre() -> None:
    piece = made([(0, 12, 60, 0), (36, 12, 64, 0), (60, 6, 65, 3), (110, 3, 67, 0)], metres=(4, 3, 3))
    ids, words = encode(piece), vocabulary()
    beats = words.beats(ids)
    assert beats[words.kinds[ids] == Kind.BAR].tolist() == [0, 4, 7]
    assert beats[words.kinds[ids] == Kind.DURATION].tolist() == [0, 3, 5, 9]
    assert beats[[0, -1]].tolist() == [0, 9]


def test_the_vocabulary_agrees_with_miditok_on_every_id() -> None:
    words, theirs = vocabulary(), tokenizer()
    assert len(words) == theirs.vocab_size == 206
    for index in range(len(words)):
        name = theirs[index]
        assert words.names[index] == name
        prefix, _, text = name.partition("_")
        kind, value = Kind(words.kinds[index]), words.values[index]
        assert kind == KINDS.get(prefix, Kind.SPECIAL)
        if kind == Kind.PART:
            assert PROGRAMS[PARTS[value]] == int(text)
        elif kind == Kind.METRE:
            assert f"{value}/4" == text
        elif kind == Kind.DURATION:
            assert theirs._tpb_tokens_to_ticks[TICKS][text] == value
        elif kind in {Kind.PITCH, Kind.POSITION}:
            assert value == int(text)


def test_every_value_has_a_token() -> None:
    words = vocabulary()
    for kind, values in (
        (Kind.PITCH, PITCHES),
        (Kind.METRE, METRES),
        (Kind.PART, range(4)),
        (Kind.DURATION, DURATIONS.tolist()),
        (Kind.POSITION, range(TICKS * METRES[-1])),
    ):
        assert sorted(words.values[words.kinds == kind]) == list(values)
        assert [int(words.values[words.id_of(kind, value)]) for value in values] == list(values)
    with pytest.raises(ValueError, match="no token says pitch 109"):
        words.id_of(Kind.PITCH, 109)


def test_durations_are_those_of_the_tokenizer() -> None:
    ticks = [
        round(beat * TICKS + n * TICKS / r)
        for (a, b), r in RESOLUTIONS.items()
        for beat in range(a, b)
        for n in range(r)
    ]
    assert [*ticks[1:], 8 * TICKS] == DURATIONS.tolist()


def test_the_outermost_pitches_survive() -> None:
    piece = made([(0, 12, 21, 3), (0, 12, 108, 0)])
    assert decode(encode(piece)).notes.tolist() == piece.notes.tolist()


def test_begin_and_end_stand_around_a_piece() -> None:
    words, ids = vocabulary(), encode(made([(0, 12, 60, 0)]))
    assert (ids[0], ids[-1]) == (words.begin, words.end)
    assert [Kind(kind) for kind in words.kinds[ids[1:-1]]] == list(Kind)[1:]


@given(pieces(), st.integers(-6, 6))
@settings(max_examples=20)
def test_transposing_moves_pitches_alone(piece, semitones) -> None:
    words, ids = vocabulary(), encode(piece)
    moved = words.transposed(ids, semitones)
    pitched = words.kinds[ids] == Kind.PITCH
    assert (moved[~pitched] == ids[~pitched]).all()
    assert ((words.values[moved[pitched]] - words.values[ids[pitched]] - semitones) % 12 == 0).all()
    assert (words.kinds[moved] == words.kinds[ids]).all()


def test_a_vocabulary_survives_its_file(tmp_path) -> None:
    words = vocabulary()
    words.save(tmp_path / "vocabulary.json")
    read = Vocabulary.load(tmp_path / "vocabulary.json")
    assert read.names == words.names
    assert (read.values == words.values).all()


@pytest.mark.parametrize(
    ("text", "says"),
    [("{}", "no vocabulary"), ("[", "no vocabulary"), ('{"ticks_per_beat": 4, "tokens": []}', "expected 12")],
)
def test_another_file_is_no_vocabulary(tmp_path, text, says) -> None:
    path = tmp_path / "vocabulary.json"
    path.write_text(text)
    with pytest.raises(UnreadableFile, match=says):
        Vocabulary.load(path)
