"""From what a set says to what may become a row: cleaned, scrubbed, long enough, in one language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from affectlab.counsel.data.cleaning import clean
from affectlab.counsel.data.draft import Bad, Draft
from affectlab.counsel.data.personal import scrub
from affectlab.counsel.data.settings import DataSettings
from affectlab.counsel.data.sources import Form, source_named
from affectlab.counsel.data.tally import Tally
from affectlab.counsel.data.words import language_of, length
from affectlab.counsel.rows import Language
from affectlab.errors import CounselError
from affectlab.models import Turn


@dataclass(frozen=True, slots=True)
class Item:
    """A draft that passed.

    Parameters
    ----------
    source
        Name of the data set.
    draft
        Cleaned and scrubbed.
    language
        Of question and answer.
    scrubbed
        Personal data that were replaced, by kind.
    """

    source: str
    draft: Draft
    language: Language
    scrubbed: Counter[str]

    @property
    def id(self) -> str:
        """Unique among all sets."""
        return f"{self.source}-{self.draft.name}"

    @property
    def conversation(self) -> str:
        """The conversation it is from, unique among all sets."""
        return f"{self.source}-{self.draft.conversation}"

    @property
    def asked(self) -> str:
        """All that the person has said."""
        return "\n".join(turn.text for turn in self.draft.turns if turn.role == "user")


def items_of(name: str, path: Path, settings: DataSettings, tally: Tally) -> list[Item]:
    """Read one set and return what passes.

    Raises
    ------
    CounselError
        If no row of it can be used, or `settings.strict` and one cannot.
    UnreadableFile
        If it cannot be read at all.
    """
    source = source_named(name)
    items: list[Item] = []
    ids: set[str] = set()
    bad: list[Bad] = []
    for read in source.read(path):
        why = read if isinstance(read, Bad) else _taken(read, ids)
        if why is not None:
            _note(why, settings, tally)
            bad.append(why)
        elif isinstance(read, Draft):
            items += _passed(name, read, source.form, settings, tally)
    if not ids:
        first = str(bad[0]) if bad else "no rows at all"
        raise CounselError(f"{path} has no row that can be used ({first})")
    return items


def _taken(draft: Draft, ids: set[str]) -> Bad | None:
    """Note the id of a draft; return what is wrong where it is noted already."""
    if draft.name in ids:
        return Bad(draft.at, f"its id {draft.name!r} stands twice; expected ids that differ")
    ids.add(draft.name)
    return None


def _note(bad: Bad, settings: DataSettings, tally: Tally) -> None:
    if settings.strict:
        raise CounselError(f"{bad}; mend it, or leave --strict out to go on without it")
    tally.count("unreadable", bad.at)
    tally.say(str(bad))


def _passed(name: str, draft: Draft, form: Form, settings: DataSettings, tally: Tally) -> Iterator[Item]:
    cleaned, scrubbed = _cleaned(draft)
    language = language_of(cleaned.answer)
    why = _why_not(cleaned, language, form, settings)
    if why:
        tally.count(why, f"{name}-{draft.name}")
    if why == "question_long":
        told = sum(len(turn.text) for turn in cleaned.turns)
        tally.say(
            f"{draft.at}: {told} characters before the answer; expected at most {settings.max_question}"
        )
    if not why and language is not None:
        tally.personal.update(scrubbed)
        yield Item(name, cleaned, language, scrubbed)


def _cleaned(draft: Draft) -> tuple[Draft, Counter[str]]:
    scrubbed: Counter[str] = Counter()

    def plain(text: str) -> str:
        mended, found = scrub(clean(text))
        scrubbed.update(found)
        return mended

    turns = tuple(Turn(turn.role, plain(turn.text)) for turn in draft.turns)
    return replace(draft, turns=turns, answer=plain(draft.answer)), scrubbed


def _why_not(draft: Draft, language: Language | None, form: Form, settings: DataSettings) -> str:
    """Return the name of the filter that takes the draft, or ""."""
    asked = " ".join(turn.text for turn in draft.turns if turn.role == "user")
    if not draft.answer or not draft.turns[-1].text:
        return "no_words"
    if sum(len(turn.text) for turn in draft.turns) > settings.max_question:
        return "question_long"
    if language is None:
        return "answer_language"
    if language_of(asked) != language:
        return "question_language"
    if length(draft.answer, language) < _shortest(language, form, settings):
        return "answer_short"
    return "answer_long" if len(draft.answer) > settings.max_answer else ""


def _shortest(language: Language, form: Form, settings: DataSettings) -> int:
    if form == "letters":
        return settings.min_answer_zh if language == "zh" else settings.min_answer_en
    return settings.min_turn_zh if language == "zh" else settings.min_turn_en
