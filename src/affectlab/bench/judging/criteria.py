"""What answers are judged by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from affectlab.errors import BenchError

LANGUAGES = ("en", "zh")


@dataclass(frozen=True, slots=True)
class Criterion:
    """One question that a judge answers about answers.

    Parameters
    ----------
    name
        As results are reported under.
    wording
        Language ("en", "zh") to what the criterion means, a sentence or two.
    needs_image
        Whether it cannot be judged without seeing the image; a judge that takes no images is not asked.
    """

    name: str
    wording: Mapping[str, str]
    needs_image: bool = False

    def words(self, language: str) -> str:
        """Return what the criterion means.

        Raises
        ------
        BenchError
            If it is not worded in `language`.
        """
        if language not in self.wording:
            known = ", ".join(self.wording)
            raise BenchError(f"criterion {self.name} is not worded in {language!r}; expected one of {known}")
        return self.wording[language]
