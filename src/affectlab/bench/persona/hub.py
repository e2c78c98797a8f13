"""The published files on the Hugging Face Hub, fetched with the user's own token."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from affectlab.bench.persona.loading import FILES
from affectlab.errors import BenchError, MissingExtra

HUB_ID = "CRIS-Yang/Persona-E2-Dataset"
"""Name of the data set there."""


@dataclass(frozen=True, slots=True)
class HubFiles:
    """The data set at a revision.

    Parameters
    ----------
    revision
        Branch, tag or commit.
    """

    revision: str = "main"

    @classmethod
    def named(cls, text: str) -> HubFiles | None:
        """Read ``CRIS-Yang/Persona-E2-Dataset`` or the same with ``@REVISION``; None for another name.

        Raises
        ------
        BenchError
            If the revision is empty.
        """
        name, mark, revision = text.partition("@")
        if name != HUB_ID:
            return None
        if mark and not revision:
            raise BenchError(f"{text!r} names no revision; expected {HUB_ID}@REVISION or {HUB_ID}")
        return cls(revision or "main")

    def addresses(self) -> dict[str, str]:
        """Return where each file lies.

        Raises
        ------
        MissingExtra
            If huggingface_hub is not installed.
        """
        try:
            from huggingface_hub import hf_hub_url
        except ImportError as error:
            raise MissingExtra("huggingface_hub", "bench") from error
        return {name: hf_hub_url(HUB_ID, name, repo_type="dataset", revision=self.revision) for name in FILES}

    def fetch(self) -> Path:
        """Download what the cache lacks and return the folder with the files.

        Raises
        ------
        BenchError
            If the Hub cannot be reached, or does not give the files out.
        MissingExtra
            If huggingface_hub is not installed.
        """
        try:
            from huggingface_hub import snapshot_download
            from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
        except ImportError as error:
            raise MissingExtra("huggingface_hub", "bench") from error
        try:
            folder = snapshot_download(
                HUB_ID, repo_type="dataset", revision=self.revision, allow_patterns=list(FILES)
            )
        except (OSError, ValueError, HfHubHTTPError, LocalEntryNotFoundError) as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise BenchError(
                f"{HUB_ID}@{self.revision} cannot be fetched ({reason}); log in with `hf auth login` "
                "and accept its terms there, or give a folder with the files"
            ) from error
        return Path(folder)
