import numpy as np
import pytest

from affectlab.errors import InvalidData
from affectlab.music.score import Beat, MusicControl, Note
from affectlab.music.steady import SteadyComposer, check_beat

CONTROL = MusicControl(0.0, 0.0)


def beat(*notes, duration=1.0):
    return Beat(duration, notes, 2, 3, 0.2, 0.3, 60.0, 0.5, 0.5, {"chord": "C"})


def note(part="harmony", **changes):
    values = {"offset": 0.5, "duration": 0.3, "pitch": 60, "velocity": 100, "part": part, "program": 0}
    return Note(**{**values, **changes})


class Script:
    name = "script"

    def __init__(self, *answers) -> None:
        self.answers = list(answers)

    def next_beat(self, control):
        answer = self.answers.pop(0) if self.answers else RuntimeError("out of ideas")
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.mark.parametrize("duration", [0.0, -1.0, np.nan, np.inf, 60.0])
def test_a_beat_of_impossible_length_is_named(duration) -> None:
    with pytest.raises(InvalidData, match=r"0\.1 to 10\.0 s, got"):
        check_beat(beat(duration=duration))


@pytest.mark.parametrize(
    "changes",
    [
        {"pitch": 200},
        {"velocity": 0},
        {"program": 128},
        {"offset": -0.1},
        {"duration": 0.0},
        {"duration": np.nan},
    ],
)
def test_an_impossible_note_is_named(changes) -> None:
    with pytest.raises(InvalidData, match=r"note of bar 2, beat 3 is out of range: Note\("):
        check_beat(beat(note(**changes)))


def test_a_good_beat_passes() -> None:
    composer = SteadyComposer(Script(beat(note())))
    assert composer.next_beat(CONTROL) == beat(note())
    assert (composer.failure, composer.failures) == (None, 0)


def test_the_held_chord_leaves_the_melody_out_and_dies_away() -> None:
    composer = SteadyComposer(Script(beat(note(), note("melody"), note("bass", pitch=40))))
    composer.next_beat(CONTROL)
    held = [composer.next_beat(CONTROL) for _ in range(14)]
    assert {each.part for each in held[0].notes} == {"harmony", "bass"}
    assert all((each.offset, each.duration) == (0.0, 1.0) for each in held[0].notes)
    velocities = [max((each.velocity for each in one.notes), default=0) for one in held]
    assert velocities[:3] == [80, 64, 51]
    assert velocities[-1] == 0
    assert held[0].facts == {"chord": "C", "failure": "RuntimeError: out of ideas"}


def test_a_chord_outlasts_beats_of_melody_alone() -> None:
    composer = SteadyComposer(Script(beat(note(pitch=50)), beat(note("melody"))))
    composer.next_beat(CONTROL)
    composer.next_beat(CONTROL)
    assert [each.pitch for each in composer.next_beat(CONTROL).notes] == [50]


def test_a_composer_that_never_works_gives_silent_beats() -> None:
    composer = SteadyComposer(Script())
    silent = composer.next_beat(CONTROL)
    assert (silent.duration, silent.notes) == (1.0, ())


def test_an_unplayable_beat_counts_as_failure_and_a_good_one_ends_it() -> None:
    composer = SteadyComposer(Script(beat(note()), beat(note(pitch=5)), beat(note(pitch=70))))
    composer.next_beat(CONTROL)
    composer.next_beat(CONTROL)
    assert composer.failure.startswith("InvalidData: a note of bar 2")
    assert composer.next_beat(CONTROL).notes[0].pitch == 70
    assert (composer.failure, composer.failures) == (None, 1)
