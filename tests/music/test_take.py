"""Takes: notes in seconds, files whole or absent, and back."""

import pytest
from played_music import Pulse, beat, note, take_of

from affectlab.errors import UnreadableFile
from affectlab.music.composer import RuleComposer
from affectlab.music.evaluation.take import Take, perform
from affectlab.music.score import Aim, MusicControl


def test_notes_lie_where_the_beats_before_them_end() -> None:
    take = take_of(
        [beat(note(60), duration=0.5), beat(note(64, 0.25), note(62), duration=1.0), beat(note(65))]
    )
    notes = take.notes()
    assert notes["onset"].tolist() == [0.0, 0.5, 0.75, 1.5]
    assert notes["pitch"].tolist() == [60, 62, 64, 65]
    assert take.starts.tolist() == [0.0, 0.5, 1.5, 2.0]
    assert take.seconds == 2.0


def test_a_take_comes_back_from_its_file_as_it_was(tmp_path) -> None:
    aims = (Aim(0.1, 0.2, 0.3), Aim(0.1, 0.2))
    controls = [MusicControl(0.5, -0.5, 70.0, 0.4, 0.6, ("piano", "flute"), (0.1, 0.2), aims)] * 3
    take = perform(RuleComposer(3), controls, name="constant-00", arm="rules", seed=3)
    take.save(tmp_path / "take.json")
    again = Take.load(tmp_path / "take.json")
    assert (again.name, again.arm, again.seed) == ("constant-00", "rules", 3)
    assert again.controls == take.controls
    assert again.beats == take.beats


def test_a_damaged_take_is_told_in_one_line(tmp_path) -> None:
    path = tmp_path / "take.json"
    take_of([beat(note())]).save(path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(UnreadableFile, match=r"take\.json is no take.*evaluate again"):
        Take.load(path)


def test_every_control_gets_its_beat() -> None:
    controls = [MusicControl(0.0, arousal) for arousal in (-1.0, 0.0, 1.0)]
    take = perform(Pulse(), controls, name="a", arm="b", seed=0)
    assert [len(one.notes) for one in take.beats] == [1, 3, 4]
    assert take.controls == tuple(controls)
