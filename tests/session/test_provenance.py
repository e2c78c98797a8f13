import hashlib

from affectlab.session.brief import Brief
from affectlab.session.config import SessionConfig
from affectlab.session.provenance import session_manifest


def test_a_replayed_file_is_known_by_its_hash(tmp_path) -> None:
    file = tmp_path / "eeg.edf"
    file.write_bytes(b"samples")
    manifest = session_manifest(
        SessionConfig(source=f"replay:{file}"), "session run", "S-1", "rules, builtin", Brief()
    )
    assert manifest["data"] == {"eeg.edf": hashlib.sha256(b"samples").hexdigest()}


def test_it_holds_what_is_needed_to_run_the_session_again() -> None:
    config = SessionConfig(seed=7, minutes=3, decoder="chance", speed=float("inf"))
    manifest = session_manifest(config, "studio", "S-2", "rules, soundfont", Brief())
    assert manifest["command"] == "studio"
    assert manifest["session"] == "S-2"
    assert manifest["seeds"] == {"session": 7}
    assert manifest["models"] == {"decoder": "chance", "planner": "rules", "music": "rules, soundfont"}
    assert manifest["data"] == {}
    assert SessionConfig.model_validate(manifest["config"]) == config
