import hashlib
import subprocess

from affectlab import __version__
from affectlab.manifest import git_revision, make_manifest


def test_a_manifest_names_version_seeds_config_and_data(tmp_path) -> None:
    data = tmp_path / "Subject00_1.edf"
    data.write_bytes(b"0       ")
    manifest = make_manifest("session run", {"arm": "closed"}, seeds={"session": 4}, data=(data,))
    assert manifest["affectlab"] == __version__
    assert manifest["seeds"] == {"session": 4}
    assert manifest["config"] == {"arm": "closed"}
    assert manifest["data"] == {"Subject00_1.edf": hashlib.sha256(b"0       ").hexdigest()}


def test_revision_says_when_the_checkout_has_changes(tmp_path) -> None:
    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
        subprocess.run(["git", "-C", str(tmp_path), *identity, *arguments], check=True, capture_output=True)

    assert git_revision(tmp_path) is None
    git("init")
    (tmp_path / "file").write_text("one")
    git("add", "file")
    git("commit", "-m", "one")
    clean = git_revision(tmp_path)
    assert clean is not None
    assert len(clean) == 40
    (tmp_path / "file").write_text("two")
    assert git_revision(tmp_path) == clean + "+changes"
