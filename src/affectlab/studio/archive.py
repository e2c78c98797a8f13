"""Past sessions on this machine: listed, reported, exported, deleted."""

from __future__ import annotations

import json
import re
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from affectlab.errors import StudioError
from affectlab.files import writing

REPORTS = {False: "report.html", True: "report-with-arm.html"}

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class PastSession:
    """A session folder: its name, blinded id, when it began, its goal and whether it ended by itself."""

    name: str
    id: str
    started: str
    goal: str
    source: str
    complete: bool


class Archive:
    """The folder that sessions are kept in."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def list(self) -> tuple[PastSession, ...]:
        """Return the sessions, newest first; folders that are none are left out."""
        folders = self._root.iterdir() if self._root.is_dir() else ()
        found = [self._describe(folder) for folder in folders if (folder / "manifest.json").is_file()]
        return tuple(sorted(found, key=lambda session: session.started, reverse=True))

    def folder(self, name: str) -> Path:
        """Return the folder of a session by its name.

        Raises
        ------
        StudioError
            If there is no such session.
        """
        folder = self._root / name
        if not _NAME.fullmatch(name) or not (folder / "manifest.json").is_file():
            raise StudioError(f"there is no session {name!r} in {self._root}")
        return folder

    def report(self, name: str, *, with_arm: bool = False) -> Path:
        """Write the report of a session, blind unless the arm is asked for; return where it is."""
        from affectlab.session.report import write_report

        folder = self.folder(name)
        return write_report(folder, folder / REPORTS[with_arm], unblind=with_arm)

    def zip(self, name: str) -> Path:
        """Pack a session folder as it is; the caller removes the file."""
        folder = self.folder(name)
        target = Path(tempfile.mkdtemp(prefix="affectlab-")) / f"{name}.zip"
        return _pack(folder, target)

    def bids(self, name: str) -> Path:
        """Export a session to BIDS and pack it; the caller removes the file."""
        from affectlab.session.bids import export_bids

        target = Path(tempfile.mkdtemp(prefix="affectlab-")) / f"{name}-bids.zip"
        with tempfile.TemporaryDirectory() as scratch:
            export_bids(self.folder(name), Path(scratch) / name, subject=subject(name), session=None)
            return _pack(Path(scratch) / name, target)

    def delete(self, name: str) -> None:
        """Remove a session and everything in it."""
        from affectlab.session.recorder import delete_session

        delete_session(self.folder(name))

    @staticmethod
    def _describe(folder: Path) -> PastSession:
        manifest = _read(folder / "manifest.json")
        config = manifest.get("config")
        config = config if isinstance(config, dict) else {}
        return PastSession(
            name=folder.name,
            id=str(manifest.get("session", folder.name)),
            started=str(manifest.get("started", "")),
            goal=str(config.get("goal", "")),
            source=str(config.get("source", "")),
            complete=(folder / "summary.json").is_file(),
        )


def subject(name: str) -> str:
    """Return a BIDS label made of a session's name: letters and digits only."""
    return re.sub(r"[^A-Za-z0-9]", "", name)


def _read(path: Path) -> dict[str, object]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # listed all the same, so that it can be looked into or deleted
    return content if isinstance(content, dict) else {}


def _pack(folder: Path, target: Path) -> Path:
    with writing(target) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as bundle:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                bundle.write(path, Path(folder.name) / path.relative_to(folder))
    return target
