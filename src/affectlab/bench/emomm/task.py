"""What EmoMM asks: which emotion the person in the clip shows, from the modalities that are there.

The paper does not publish its prompts; the wording and the order of the parts are ours, and are parameters of
every run.
"""

from __future__ import annotations

from collections.abc import Mapping

from affectlab.bench.dataset import DatasetInfo
from affectlab.bench.sample import Sample
from affectlab.models import Part, Quote, Request
from affectlab.models.labels import read_label

_QUESTION = "Which emotion does this person show?"
_ORDER = "TAV"


class EmoMMTask:
    """Emotion class of a clip over the labels of its data set.

    Parameters
    ----------
    info
        The data set asked about.
    """

    name = "emomm"
    version = "1"

    def __init__(self, info: DatasetInfo) -> None:
        self._labels = dict(info.labels)

    @property
    def labels(self) -> Mapping[str, str]:
        return self._labels

    @property
    def parameters(self) -> Mapping[str, str]:
        return {"question": _QUESTION, "order": _ORDER, "answers": ", ".join(self._labels.values())}

    def request(self, sample: Sample, *, generate: bool) -> Request:
        """Ask about `sample`: transcript, voice, face, then the question and its possible answers."""
        parts: list[Part] = []
        if sample.text is not None:
            parts += ["Transcript: ", Quote(sample.text), "\n"]
        for kind, heading in (("audio", "Voice: "), ("video", "Face: ")):
            for media in sample.media:
                if media.kind == kind:
                    parts += [heading, media, "\n"]
        parts.append(self._question(generate=generate))
        return Request(tuple(parts))

    def read(self, text: str) -> str | None:
        """Return the label an answer names, None where it names none or several."""
        return read_label(text, self._labels)

    def _question(self, *, generate: bool) -> str:
        answers = ", ".join(self._labels.values())
        closing = " Answer with one of them and nothing else." if generate else ""
        return f"{_QUESTION} Answers: {answers}.{closing}"
