"""The folder of one training: what it was told, how far it came, what came out."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from affectlab.counsel.train.arguments import is_main
from affectlab.counsel.train.checkpoints import latest
from affectlab.counsel.train.curve import METRICS, Curve
from affectlab.counsel.train.settings import TrainSettings
from affectlab.errors import CounselError
from affectlab.files import finite, write_json
from affectlab.manifest import make_manifest, sha256

_RUN, _RESULT, _BEFORE = "run.json", "result.json", "before.json"
# Pickle, and a page that peft writes about nothing.
_NOT_SHIPPED = ("training_args.bin", "README.md")


class RunFolder:
    """Files of one run, under ``settings.out``.

    Parameters
    ----------
    data
        Files that are learned from.
    models
        Hash of each trained part that the run starts from, by what it is.

    Raises
    ------
    CounselError
        If the folder holds a run that was told something else, or was to be new and is not.
    """

    def __init__(
        self,
        command: str,
        settings: TrainSettings,
        data: tuple[Path, ...],
        models: Mapping[str, str],
        *,
        new: bool,
    ) -> None:
        self.path = settings.out
        self.work = self.path / "checkpoints"
        self.model = self.path / "model"
        self.curve = Curve(self.path / METRICS)
        inputs = {file.name: sha256(file) for file in data} | dict(models)
        asked = {"settings": settings.deciding(), "data": inputs}
        self._claim(asked, new=new)
        self.manifest = self._manifest(command, settings, data, asked)

    def result(self) -> dict[str, Any] | None:
        """Return what a finished run printed; None while it is not finished."""
        return _json(self.path / _RESULT)

    def finish(self, result: dict[str, Any]) -> None:
        """Write the result, and let the checkpoints go."""
        if is_main():
            write_json(self.path / _RESULT, finite(result))
            shutil.rmtree(self.work, ignore_errors=True)

    def before(self) -> dict[str, Any] | None:
        """Return what was measured before training; None where it was not yet."""
        return _json(self.path / _BEFORE)

    def keep_before(self, measured: dict[str, Any]) -> None:
        """Keep what was measured before training."""
        if is_main():
            write_json(self.path / _BEFORE, finite(measured))

    def checkpoint(self) -> Path | None:
        """Return the checkpoint to go on from."""
        return latest(self.work)

    def note_model(self, role: str, name: str) -> None:
        """Add the identity of a model that takes part to the manifest."""
        self.manifest["models"][role] = name
        if is_main():
            write_json(self.path / _RUN, self.manifest)

    def keep_model(self, trainer: Any) -> None:
        """Save the trained weights as safetensors, whole or not at all."""
        fresh = self.path / ".model"
        shutil.rmtree(fresh, ignore_errors=True)
        trainer.save_model(str(fresh))
        if is_main():
            for name in _NOT_SHIPPED:
                (fresh / name).unlink(missing_ok=True)
            shutil.rmtree(self.model, ignore_errors=True)
            fresh.rename(self.model)

    def _claim(self, asked: dict[str, Any], *, new: bool) -> None:
        there = _json(self.path / _RUN)
        if there is None:
            return
        if not self._begun():
            # A start that failed holds no folder.
            for name in (_RUN, _BEFORE):
                (self.path / name).unlink(missing_ok=True)
            return
        if new:
            raise CounselError(f"{self.path} holds a run already; give another --out, or --resume automatic")
        told = there["asked"]
        differing = [
            f"{name} is {asked['settings'].get(name)!r} and was {told['settings'].get(name)!r}"
            for name in asked["settings"] | told["settings"]
            if asked["settings"].get(name) != told["settings"].get(name)
        ]
        differing += [
            f"{name} has changed" for name in asked["data"] if asked["data"][name] != told["data"].get(name)
        ]
        if differing:
            raise CounselError(
                f"{self.path} holds another run: {'; '.join(differing[:3])}. Give another --out, or the same "
                "settings and data"
            )

    def _begun(self) -> bool:
        return (self.path / _RESULT).is_file() or bool(self.curve.read())

    def _manifest(
        self, command: str, settings: TrainSettings, data: tuple[Path, ...], asked: dict[str, Any]
    ) -> dict[str, Any]:
        if (there := _json(self.path / _RUN)) is not None:
            return there
        manifest = make_manifest(
            command, settings.model_dump(mode="json"), seeds={"training": settings.seed}, data=data
        )
        manifest["asked"] = asked
        if is_main():
            write_json(self.path / _RUN, manifest)
        return manifest


def _json(path: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise CounselError(f"{path} is not JSON: {error}; remove it, or give another --out") from None
    return found
