import numpy as np
import pytest
import soundfile

from affectlab.errors import AudioError, RecordingError
from affectlab.session import audio_file
from affectlab.session.audio_file import WavFile, convert_to_flac, level_curve, sound_seconds


def noise(frames: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(-32768, 32768, (frames, 2), dtype=np.int16)


def write(path, pcm: np.ndarray) -> None:
    file = WavFile(path)
    file.write(pcm.tobytes())
    file.close()


def test_other_programs_read_what_was_written(tmp_path) -> None:
    pcm = noise(4_801)
    write(tmp_path / "a.wav", pcm)
    read, rate = soundfile.read(tmp_path / "a.wav", dtype="int16")
    assert rate == 48_000
    np.testing.assert_array_equal(read, pcm)


def test_the_file_is_valid_at_every_flush(tmp_path) -> None:
    file = WavFile(tmp_path / "a.wav")
    assert sound_seconds(tmp_path / "a.wav") == 0
    for seconds in (1, 2, 3):
        file.write(noise(48_000).tobytes())
        file.flush()
        assert sound_seconds(tmp_path / "a.wav") == seconds
    file.sync()
    file.close()


def test_sound_not_yet_in_the_header_does_no_harm(tmp_path) -> None:
    write(tmp_path / "a.wav", noise(480))
    with (tmp_path / "a.wav").open("ab") as file:
        file.write(b"\x01\x02\x03")
    assert len(soundfile.read(tmp_path / "a.wav")[0]) == 480


@pytest.mark.parametrize("frames", [1, 480_000, 480_001])
def test_flac_holds_the_same_samples_and_replaces_the_wav(tmp_path, frames) -> None:
    pcm = noise(frames)
    write(tmp_path / "a.wav", pcm)
    flac = convert_to_flac(tmp_path / "a.wav")
    read, rate = soundfile.read(flac, dtype="int16", always_2d=True)
    assert rate == 48_000
    np.testing.assert_array_equal(read, pcm)
    assert [path.name for path in tmp_path.iterdir()] == ["a.flac"]
    assert flac.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("change", [lambda pcm: pcm[:-1], lambda pcm: pcm ^ 1])
def test_a_flac_that_differs_is_not_kept(tmp_path, monkeypatch, change) -> None:
    pcm = noise(1_000)
    write(tmp_path / "a.wav", pcm)
    monkeypatch.setattr(
        audio_file, "_encode", lambda wav, flac: soundfile.write(flac, change(pcm), 48_000, format="FLAC")
    )
    with pytest.raises(AudioError, match=r"did not come out equal to a\.wav; the WAV file was kept"):
        convert_to_flac(tmp_path / "a.wav")
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]


def test_a_wav_never_outgrows_its_header(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(audio_file, "_MAX_DATA_BYTES", 1_000)
    file = WavFile(tmp_path / "a.wav")
    file.write(bytes(1_000))
    file.flush()
    file.write(bytes(4))
    with pytest.raises(RecordingError, match="4 GiB"):
        file.flush()
    assert len(soundfile.read(tmp_path / "a.wav")[0]) == 250


def test_levels_of_known_sounds(tmp_path) -> None:
    t = np.arange(96_000) / 48_000
    sine = np.where(t < 1, 0.5 * np.sin(2 * np.pi * 1000 * t), 0.0)
    write(tmp_path / "a.wav", np.round(np.column_stack([sine, sine]) * 32767).astype(np.int16))
    rms, peak = level_curve(tmp_path / "a.wav", seconds=1.0)
    np.testing.assert_allclose(rms, [0.5 / np.sqrt(2), 0], atol=1e-4)
    np.testing.assert_allclose(peak, [0.5, 0], atol=1e-4)


def test_what_is_not_sound_is_named(tmp_path) -> None:
    (tmp_path / "a.wav").write_bytes(b"not sound")
    with pytest.raises(AudioError, match=r"cannot read .*a\.wav as sound"):
        level_curve(tmp_path / "a.wav")
    with pytest.raises(AudioError, match=r"cannot convert .*a\.wav"):
        convert_to_flac(tmp_path / "a.wav")
    assert (tmp_path / "a.wav").exists()
