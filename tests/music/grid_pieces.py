"""Random music on the grid, for tests of what reads and writes it."""

import numpy as np
from hypothesis import strategies as st

from affectlab.music.learned.piece import DURATIONS, NOTE, TICKS, piece_of


@st.composite
def pieces(draw):
    """Draw a piece of up to six bars with at least one note."""
    metres = np.array(draw(st.lists(st.integers(1, 6), min_size=1, max_size=6)), np.int16)
    note = st.tuples(
        st.integers(0, int(metres.sum()) * TICKS - 1),
        st.sampled_from(DURATIONS.tolist()),
        st.integers(21, 108),
        st.integers(0, 3),
    )
    notes = draw(st.lists(note, min_size=1, max_size=60))
    return piece_of("drawn", metres, np.array(notes, NOTE))


def made(notes, metres=(4,), **beats):
    """Return a piece of (start, duration, pitch, part) rows; `metres` are repeated until they suffice."""
    rows = np.array(notes, NOTE)
    bars = int(rows["start"].max()) // (min(metres) * TICKS) + 1
    return piece_of("made", np.resize(np.array(metres, np.int16), bars), rows, **beats)
