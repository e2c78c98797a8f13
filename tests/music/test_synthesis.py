import sys

import pytest

from affectlab.errors import AudioError, InvalidConfig, MissingExtra
from affectlab.music.soundfont import find_soundfont
from affectlab.music.synthesis import make_synthesiser


@pytest.fixture
def no_soundfont(monkeypatch, tmp_path):
    monkeypatch.delenv("AFFECTLAB_SOUNDFONT", raising=False)
    monkeypatch.setattr("affectlab.music.soundfont._FOLDERS", (str(tmp_path),))


def test_the_builtin_needs_nothing() -> None:
    assert make_synthesiser("builtin", seed=4).name == "builtin"


@pytest.mark.soundfont
@pytest.mark.skipif(find_soundfont() is None, reason="no SoundFont on this machine")
def test_auto_prefers_the_soundfont() -> None:
    pytest.importorskip("fluidsynth")
    assert make_synthesiser().name == "soundfont"


def test_auto_without_a_soundfont_plays_the_builtin(no_soundfont) -> None:
    assert make_synthesiser("auto").name == "builtin"


def test_soundfont_without_a_soundfont_says_what_to_install(no_soundfont) -> None:
    with pytest.raises(
        AudioError, match=r"install one \(Debian: fluid-soundfont-gm\) or give its path in AFF"
    ):
        make_synthesiser("soundfont")


def test_a_named_file_is_never_replaced(tmp_path, monkeypatch) -> None:
    pytest.importorskip("fluidsynth")
    with pytest.raises(AudioError, match=r"lost\.sf2"):
        make_synthesiser("auto", soundfont=tmp_path / "lost.sf2")
    monkeypatch.setenv("AFFECTLAB_SOUNDFONT", str(tmp_path / "lost.sf2"))
    with pytest.raises(AudioError, match="AFFECTLAB_SOUNDFONT names no file"):
        make_synthesiser("auto")


def test_without_the_bindings_the_extra_is_named(monkeypatch, tmp_path) -> None:
    font = tmp_path / "empty.sf2"
    font.write_bytes(b"RIFF\x04\x00\x00\x00sfbk")
    from affectlab.music import soundfont

    for cached in (soundfont._fluidsynth, soundfont._write_float):
        cached.cache_clear()
    monkeypatch.setitem(sys.modules, "fluidsynth", None)
    with pytest.raises(MissingExtra, match=r"pip install 'affectlab\[live\]'"):
        make_synthesiser("soundfont", soundfont=font)


def test_an_unknown_name_lists_the_known() -> None:
    with pytest.raises(InvalidConfig, match="'organ'; expected one of auto, soundfont, builtin"):
        make_synthesiser("organ")
