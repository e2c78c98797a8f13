from importlib.metadata import PackageNotFoundError

import pytest

from affectlab import doctor
from affectlab.doctor import EXTRAS, examine
from affectlab.errors import AudioError, UnreadableFile


def find(what: str):
    (finding,) = [finding for finding in examine() if finding.what == what]
    return finding


@pytest.fixture(autouse=True)
def quiet_network(monkeypatch):
    """Listing real streams takes a second."""
    monkeypatch.setattr("affectlab.signals.inlet.visible_streams", lambda: ["EEG (EEG, 8 channels, 250 Hz)"])


@pytest.fixture
def without(monkeypatch):
    """Make packages disappear."""

    def remove(*packages: str) -> None:
        known = doctor.version

        def version(package: str) -> str:
            if package in packages:
                raise PackageNotFoundError(package)
            return known(package)

        monkeypatch.setattr(doctor, "version", version)

    return remove


def test_everything_is_looked_at_once() -> None:
    looked = [finding.what for finding in examine()]
    assert len(looked) == len(set(looked))
    assert {
        "Python",
        "extra [live]",
        "extra [devices]",
        "sound",
        "composer",
        "GPU",
        "Chromium",
        "sessions",
        "data",
    } <= set(looked)


def test_whatever_is_lacking_comes_with_a_remedy() -> None:
    for finding in examine():
        assert bool(finding.remedy) == (finding.state != "ok"), finding


def test_a_package_missing_for_the_main_job_is_a_fault(without) -> None:
    without("mne", "soundfile")
    finding = find("extra [live]")
    assert (finding.found, finding.state) == ("missing mne, soundfile", "fault")
    assert finding.remedy == "pip install 'affectlab[live]'"


def test_a_package_missing_for_boards_is_a_lack(without) -> None:
    without(*EXTRAS["devices"])
    assert find("extra [devices]").state == "lack"


def test_without_a_soundfont_the_built_in_sound_is_named(monkeypatch) -> None:
    def silent(_name):
        raise AudioError("no SoundFont found")

    monkeypatch.setattr("affectlab.music.make_synthesiser", silent)
    finding = find("sound")
    assert finding.state == "lack"
    assert finding.found == "the built-in synthesiser plays; no SoundFont: no SoundFont found"
    assert "apt-get install" in finding.remedy


def test_a_composer_with_damaged_weights_is_a_fault(monkeypatch) -> None:
    def damaged(*_, **__):
        raise UnreadableFile("read.onnx was changed")

    assert find("composer").found == "learned: its weights are whole"
    monkeypatch.setattr("affectlab.music.make_composer", damaged)
    finding = find("composer")
    assert (finding.found, finding.state) == ("read.onnx was changed", "fault")
    assert finding.remedy == "install affectlab again, or play --music rules"


def test_sessions_are_kept_where_the_environment_says(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("AFFECTLAB_HOME", str(tmp_path / "home"))
    assert find("sessions").found.startswith(f"{tmp_path / 'home' / 'sessions'}, ")


def test_a_disk_without_room_is_a_fault(monkeypatch, tmp_path) -> None:
    from types import SimpleNamespace

    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _folder: SimpleNamespace(free=5e8))
    finding = find("sessions")
    assert finding.state == "fault"
    assert "AFFECTLAB_HOME" in finding.remedy


def test_a_data_folder_that_is_not_there_is_a_lack(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("AFFECTLAB_DATA", str(tmp_path / "nowhere"))
    assert find("data").state == "lack"
    monkeypatch.setenv("AFFECTLAB_DATA", str(tmp_path))
    assert (find("data").state, find("data").found) == ("ok", str(tmp_path))


def test_streams_on_the_network_are_named() -> None:
    assert find("LSL").found == "EEG (EEG, 8 channels, 250 Hz)"


def test_findings_become_plain_json() -> None:
    assert find("Python").to_json().keys() == {"what", "found", "state", "remedy"}
