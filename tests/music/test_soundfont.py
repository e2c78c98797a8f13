import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from affectlab.errors import AudioError
from affectlab.music.score import Note
from affectlab.music.soundfont import SoundFontSynth, find_soundfont

FONT = find_soundfont()
needs_font = [
    pytest.mark.soundfont,
    pytest.mark.skipif(FONT is None, reason="no SoundFont on this machine"),
]


def note(pitch=60, *, duration=0.5, velocity=80, part="melody", program=0):
    return Note(0.0, duration, pitch, velocity, part, program)


@pytest.fixture
def synth():
    pytest.importorskip("fluidsynth")
    synth = SoundFontSynth(FONT)
    yield synth
    synth.close()


def onset(samples):
    return int(np.argmax(np.abs(samples).max(axis=1) > 1e-5))


def rms(samples):
    return float(np.sqrt((samples**2).mean()))


class TestSound:
    pytestmark = needs_font

    def test_a_note_begins_near_its_frame(self, synth) -> None:
        synth.schedule(note(), 5000)
        assert 5000 - 32 <= onset(synth.render(9600)) <= 5000 + 32 + 96

    def test_the_pitch_is_the_one_asked_for(self, synth) -> None:
        synth.schedule(note(69, duration=2, program=73), 0)
        samples = synth.render(96_000)[24_000:72_000, 0]
        spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
        assert np.argmax(spectrum) == pytest.approx(440, abs=4)

    def test_a_note_ends(self, synth) -> None:
        synth.schedule(note(duration=0.5, program=19), 0)
        sound = synth.render(96_000)
        assert rms(sound[12_000:20_000]) > 100 * rms(sound[-9600:])

    def test_a_note_struck_again_is_not_cut_by_the_first_ones_end(self, synth) -> None:
        synth.schedule(note(duration=0.3, program=19), 0)
        synth.schedule(note(duration=1.0, program=19), 9600)
        sound = synth.render(60_000)
        assert rms(sound[36_000:48_000]) > 0.5 * rms(sound[2400:9600])

    def test_louder_velocity_is_louder(self, synth) -> None:
        synth.schedule(note(velocity=40), 0)
        soft = rms(synth.render(24_000))
        synth.schedule(note(velocity=110, part="harmony"), 48_000)
        synth.render(24_000)
        assert rms(synth.render(24_000)) > 2 * soft

    def test_the_cut_into_blocks_does_not_matter(self, synth) -> None:
        other = SoundFontSynth(FONT)
        for player in (synth, other):
            for step in range(12):
                player.schedule(note(48 + step, duration=0.4, program=step * 8, part="pad"), step * 1777)
        whole = synth.render(28_800)
        parts = [other.render(frames) for frames in (1, 63, 960, 7, 5000, 12_345, 64, 10_360)]
        np.testing.assert_array_equal(np.vstack(parts), whole)

    def test_release_all_ends_everything(self, synth) -> None:
        synth.schedule(note(duration=60, program=19), 0)
        synth.schedule(note(67, duration=60, program=19), 20_000)
        loud = rms(synth.render(9600))
        synth.release_all()
        synth.render(96_000)
        assert rms(synth.render(9600)) < loud / 1000

    def test_more_voices_than_midi_channels_still_sound(self, synth) -> None:
        for program in range(100):
            synth.schedule(note(duration=0.1, program=program), program * 480)
        assert rms(synth.render(48_000)) > 1e-3

    def test_there_is_no_constant_offset(self, synth) -> None:
        for program in range(0, 128, 3):
            synth.schedule(note(43, duration=1.0, program=program), program * 960)
        assert abs(synth.render(192_000).mean()) < 2e-4

    def test_a_closed_synthesiser_says_so(self, synth) -> None:
        synth.close()
        synth.close()
        with pytest.raises(AudioError, match="closed; make a new one"):
            synth.render(64)


@pytest.mark.soundfont
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"not a sound font at all", "is not a SoundFont; give an .sf2 or .sf3"),
        (b"RIFF\xff\xff\x00\x00sfbkLIST", "is cut short at 16 bytes; copy or download it again"),
        (
            b"RIFF\x10\x00\x00\x00sfbkLIST\x00\x00\x00\x00\x00\x00\x00\x00",
            "is not a SoundFont FluidSynth can read",
        ),
    ],
)
def test_a_broken_file_is_refused_in_one_line_and_nothing_is_printed(tmp_path, content, message) -> None:
    pytest.importorskip("fluidsynth")
    path = tmp_path / "broken.sf2"
    path.write_bytes(content)
    code = (
        "import sys, pathlib\n"
        "from affectlab.errors import AudioError\n"
        "from affectlab.music.soundfont import SoundFontSynth\n"
        "try:\n    SoundFontSynth(pathlib.Path(sys.argv[1]))\n"
        "except AudioError as error:\n    print(error, end='')\n"
    )
    command = [sys.executable, "-c", code, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "CI": "1"})
    assert message in done.stdout
    assert done.stdout.startswith(str(tmp_path)) or "the SoundFont" in done.stdout
    assert "\n" not in done.stdout


def test_a_missing_file_is_named(tmp_path) -> None:
    with pytest.raises(AudioError, match=r"cannot read the SoundFont .*absent\.sf2: No such file"):
        SoundFontSynth(tmp_path / "absent.sf2")


def test_the_environment_names_the_soundfont(tmp_path, monkeypatch) -> None:
    font = tmp_path / "mine.sf2"
    font.touch()
    monkeypatch.setenv("AFFECTLAB_SOUNDFONT", str(font))
    assert find_soundfont() == font
    monkeypatch.setenv("AFFECTLAB_SOUNDFONT", str(tmp_path / "gone.sf2"))
    with pytest.raises(AudioError, match=r"AFFECTLAB_SOUNDFONT names no file: .*gone\.sf2"):
        find_soundfont()


def test_the_users_folder_is_searched(tmp_path, monkeypatch) -> None:
    monkeypatch.delenv("AFFECTLAB_SOUNDFONT", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / ".local/share/affectlab"
    folder.mkdir(parents=True)
    (folder / "a.sf2").symlink_to(Path("/nowhere"))
    (folder / "b.sf3").touch()
    assert find_soundfont() == folder / "b.sf3"
