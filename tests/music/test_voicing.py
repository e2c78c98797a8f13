from hypothesis import given
from hypothesis import strategies as st

from affectlab.music.harmony import DOMINANT, SUBDOMINANT, TONIC, Chord, colour_chord
from affectlab.music.modes import IONIAN, MODES, Scale
from affectlab.music.voicing import BASS_RANGE, UPPER_RANGE, are_parallel, lead

C_MAJOR = Scale(0, IONIAN.steps)


@st.composite
def chords(draw):
    scale = Scale(draw(st.integers(0, 11)), draw(st.sampled_from(MODES)).steps)
    triads = [c for degree in range(7) if (c := Chord(scale, degree, SUBDOMINANT)).interval(4) == 7]
    number = st.floats(0, 1, exclude_max=True)
    return colour_chord(draw(st.sampled_from(triads)), draw(number), (draw(number), draw(number)))


def test_parallel_fifths_and_octaves_are_recognised():
    assert are_parallel((48, 50), (55, 57))
    assert are_parallel((48, 43), (60, 55))
    assert not are_parallel((48, 48), (55, 55)), "standing still is no motion"
    assert not are_parallel((48, 50), (55, 53)), "contrary motion"
    assert not are_parallel((48, 50), (52, 53)), "thirds"
    assert not are_parallel((48, 53), (57, 60)), "a sixth into a fifth is not parallel"


@given(st.lists(st.tuples(chords(), st.booleans()), min_size=2, max_size=12))
def test_voices_keep_order_and_range_and_outer_voices_never_run_parallel(progression):
    bass = voicing = None
    for chord, root_position in progression:
        before, voicing = voicing, lead(chord, bass, voicing, root_position=root_position)
        bass = voicing.bass
        assert list(voicing.voices) == sorted(set(voicing.voices))
        assert BASS_RANGE[0] <= bass <= BASS_RANGE[1]
        assert UPPER_RANGE[0] <= voicing.upper[0]
        assert voicing.upper[-1] <= UPPER_RANGE[1]
        assert {p % 12 for p in voicing.voices} <= set(chord.pitch_classes)
        assert not root_position or bass % 12 == chord.root
        if before is not None:
            outer = zip(before.voices, voicing.voices, strict=True)
            lowest, *_, highest = outer
            assert not are_parallel(lowest, highest)


@given(chords())
def test_only_the_fifth_may_be_left_out(chord):
    voicing = lead(chord, None, None, root_position=False)
    missing = set(chord.pitch_classes) - {p % 12 for p in voicing.voices}
    assert missing <= {chord.pitch_classes[2]}


def test_common_tones_stay():
    first = lead(Chord(C_MAJOR, 0, TONIC), None, None, root_position=True)
    second = lead(Chord(C_MAJOR, 5, TONIC), first.bass, first, root_position=True)
    common = {p for p in first.upper if p % 12 in {0, 4}}
    assert common <= set(second.upper)


@given(st.integers(0, 11))
def test_the_leading_tone_is_not_doubled(tonic):
    scale = Scale(tonic, IONIAN.steps)
    first = lead(Chord(scale, 3, SUBDOMINANT), None, None, root_position=True)
    second = lead(Chord(scale, 4, DOMINANT), first.bass, first, root_position=True)
    assert sum(p % 12 == (tonic - 1) % 12 for p in second.voices) == 1


def test_the_bass_prefers_a_step_to_a_leap():
    previous = lead(Chord(C_MAJOR, 0, TONIC), None, None, root_position=True)
    following = lead(Chord(C_MAJOR, 4, DOMINANT), previous.bass, previous, root_position=False)
    assert abs(following.bass - previous.bass) <= 2
