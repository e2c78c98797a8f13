"""The questions of AICA-Bench and how their answers are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from affectlab.bench.aica.arms import MARKED, SCANNED, STEPS, ArmOf, asks, chosen_arms, chosen_tasks
from affectlab.bench.aica.prompts import VERSION, WORDING, understand, understand_in_steps
from affectlab.bench.aica.ratings import Rating, ratings_of
from affectlab.bench.aica.reading import read_emotion, read_last_line, read_number
from affectlab.bench.aica.spaces import LANGUAGES, LabelSpace, Language, label_space, space_of
from affectlab.bench.aica.targets import target_of
from affectlab.bench.dataset import DatasetInfo
from affectlab.bench.exam.item import ExamChoice, Item, Reading
from affectlab.bench.sample import Sample
from affectlab.errors import BenchError
from affectlab.models import Generation, Media, Request, Scores

_TOKENS = {"label": 32, "cot": 256, "number": 16, "er": 320, "egcg": 256}
"""Longest answers: a label, a chain of thought, a number, an explanation, a paragraph. Ours."""


class AicaExam:
    """What is asked of affective images.

    Parameters
    ----------
    info
        The data set; ``parameters["language"]`` is the language of arms that name none, English if not given.
    choice
        Tasks, arms and seed.

    Raises
    ------
    BenchError
        If there is no such task, arm or language.
    """

    name = "aica"
    version = VERSION

    def __init__(self, info: DatasetInfo, choice: ExamChoice) -> None:
        language = info.parameters.get("language", "en")
        if language not in LANGUAGES:
            raise BenchError(f"language {language!r} is not known; expected one of {', '.join(LANGUAGES)}")
        self._tasks = chosen_tasks(choice)
        self._arms = {arm.name: arm for arm in chosen_arms(choice, cast(Language, language))}
        self._seed = choice.seed

    @property
    def parameters(self) -> dict[str, Any]:
        """Tasks, arms, budgets and prompts."""
        languages = dict.fromkeys(arm.language for arm in self._arms.values())
        about = {
            "tasks": list(self._tasks),
            "arms": list(self._arms),
            "seed": self._seed,
            "tokens": dict(_TOKENS),
            "wording": {language: _wording(language) for language in languages},
        }
        if any(arm.way in (*MARKED, "cot-matched") for arm in self._arms.values()):
            about["gat"] = self._gat.parameters
        return about

    def items(self, samples: Sequence[Sample], *, scoring: bool) -> Iterable[Item]:
        """Ask about `samples`, task by task and arm by arm; ratings and plain labels may be scored."""
        for task in self._tasks:
            for arm in self._arms.values():
                if asks(task, arm.way):
                    for sample in samples:
                        yield from self._ask(task, arm, sample, scoring=scoring)

    def read(self, item: Item, text: str) -> Reading:
        """Read an answer strictly: a label, a number, or any words at all."""
        if item.task == "eu":
            return self._read_label(item, text)
        if item.task == "intensity":
            facts = item.details
            number = read_number(text, facts["low"], facts["high"], facts["dimension"])
            return Reading(number is not None, values={} if number is None else {"rating": number})
        return Reading(bool(text.strip()))

    def follow_up(self, item: Item, answer: Generation | Scores) -> Item | None:
        """Ask for the text that a scan of regions was made for."""
        if item.task != "scan" or isinstance(answer, Scores):
            return None
        return self._text(item.details["for"], self._arms[item.arm], item.sample, clues=answer.text)

    @property
    def _gat(self) -> Any:
        # Imported and made when an arm wants it: segmentation needs packages that plain questions do not.
        if not hasattr(self, "_gat_arms"):
            from affectlab.bench.aica.gat_arms import GatArms

            self._gat_arms = GatArms(self._seed)
        return self._gat_arms

    def _ask(self, task: str, arm: ArmOf, sample: Sample, *, scoring: bool) -> Iterator[Item]:
        if task == "eu":
            space = space_of(sample.subset)
            if space is not None and sample.target:
                yield self._label(arm, sample, space, scoring=scoring)
        elif task == "intensity":
            for rating in ratings_of(sample):
                yield _rating(arm, sample, rating, scoring=scoring)
        elif target_of(sample) is not None:
            yield self._scan(task, arm, sample) if arm.way in SCANNED else self._text(task, arm, sample)

    def _label(self, arm: ArmOf, sample: Sample, space: LabelSpace, *, scoring: bool) -> Item:
        image, words = _image(sample), space.words(arm.language)
        details: dict[str, Any] = {"language": arm.language}
        tokens, later = _TOKENS["label"], None
        if arm.way in MARKED:
            request = Request((image,))
            tokens = self._gat.understand_tokens(arm)
            later = self._later(image, arm, words, lambda: self._gat.understand(image, arm, words))
        elif arm.way in STEPS:
            matched = self._gat.matched_tokens if arm.way == "cot-matched" else None
            request = Request((image, understand_in_steps(words.values(), arm.language, matched)))
            tokens = matched or _TOKENS["cot"]
        else:
            request = Request((image, understand(words.values(), arm.language)))
        return Item(
            f"{sample.id}__eu__{arm.name}",
            sample,
            "eu",
            arm.name,
            request,
            words,
            scored=scoring and arm.way == "basic",
            max_tokens=tokens,
            details=details,
            later=later,
        )

    def _later(
        self, image: Media, arm: ArmOf, words: Mapping[str, str], ask: Callable[[], Request]
    ) -> Callable[[], tuple[Request, Mapping[str, Any]]]:
        """Return what marks the image and asks about it, when the question's turn comes."""
        gat = self._gat
        return lambda: (ask(), gat.facts(image, arm, words))

    def _scan(self, task: str, arm: ArmOf, sample: Sample) -> Item:
        image, words = _image(sample), _words(sample, arm)
        return Item(
            f"{sample.id}__scan__{arm.name}__{task}",
            sample,
            "scan",
            arm.name,
            Request((image,)),
            max_tokens=self._gat.scan_tokens,
            details={"for": task, "language": arm.language},
            later=self._later(image, arm, words, lambda: self._gat.scan(image, arm, words)),
        )

    def _text(self, task: str, arm: ArmOf, sample: Sample, clues: str = "") -> Item:
        image, words = _image(sample), _words(sample, arm)
        target, origin = target_of(sample) or ("", "")
        details: dict[str, Any] = {"language": arm.language, "target": target, "target_from": origin}
        later = None
        if arm.way in MARKED:
            gat = self._gat
            details["clues"] = clues
            request = Request((image,))
            later = self._later(
                image,
                arm,
                words,
                lambda: (
                    gat.reason(image, arm, words, clues)
                    if task == "er"
                    else gat.generate(image, arm, words, clues, target)
                ),
            )
        else:
            wording = WORDING[arm.language]
            asked = wording.reasoning if task == "er" else wording.generation.format(target=words[target])
            request = Request((image, asked))
        return Item(
            f"{sample.id}__{task}__{arm.name}",
            sample,
            task,
            arm.name,
            request,
            max_tokens=_TOKENS[task],
            details=details,
            later=later,
        )

    def _read_label(self, item: Item, text: str) -> Reading:
        arm = self._arms[item.arm]
        if arm.way in MARKED and arm.way != "scaffold":
            return cast(Reading, self._gat.read(_image(item.sample), arm, item.labels, text))
        space = space_of(item.sample.subset)
        wordings = space.wordings() if space is not None else dict(item.labels)
        read = read_last_line if arm.way in STEPS else read_emotion
        label = read(text, wordings)
        return Reading(label is not None, label)


def _rating(arm: ArmOf, sample: Sample, rating: Rating, *, scoring: bool) -> Item:
    points = rating.points
    scored = scoring and bool(points)
    request = Request((_image(sample), rating.question(sample.subset, arm.language)))
    return Item(
        f"{sample.id}__intensity__{arm.name}__{rating.name}",
        sample,
        "intensity",
        arm.name,
        request,
        {point: point for point in points} if scored else {},
        scored=scored,
        max_tokens=_TOKENS["number"],
        target={},
        details={"language": arm.language, **rating.facts()},
    )


def _image(sample: Sample) -> Media:
    for one in sample.media:
        if one.kind == "image":
            return one
    raise BenchError(f"{sample.id} has no image; build the data set again")


def _words(sample: Sample, arm: ArmOf) -> dict[str, str]:
    """Return the words of a text's possible targets: Mikels' where an image has ratings only."""
    return (space_of(sample.subset) or label_space("mikels8")).words(arm.language)


def _wording(language: Language) -> dict[str, str]:
    wording = WORDING[language]
    return {name: getattr(wording, name) for name in wording.__dataclass_fields__}
