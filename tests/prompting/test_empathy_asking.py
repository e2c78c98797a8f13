"""Training, evaluation and serving ask in the same words."""

from __future__ import annotations

from typing import get_args

import pytest

from affectlab.models import Turn
from affectlab.prompting.empathy import check, conversation, instruction, messages, parse
from affectlab.prompting.empathy.asking import Language

TURNS = (Turn("user", "I lost my job."), Turn("assistant", "That is hard."), Turn("user", "What now?"))


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("chain", [True, False])
def test_the_instruction_ends_with_the_form_itself(language: Language, chain: bool) -> None:
    form = instruction(language, chain).splitlines()[-1]
    assert {fault.code for fault in check(form, chain=chain)} == {"empty"}
    assert (parse(form.replace("…", "words")).chain is not None) is chain


def test_messages_say_what_the_conversation_says() -> None:
    asked = conversation(TURNS, "en")
    assert messages(TURNS, "en") == [
        {"role": "system", "content": asked.system},
        {"role": "user", "content": "I lost my job."},
        {"role": "assistant", "content": "That is hard."},
        {"role": "user", "content": "What now?"},
    ]
    request = asked.request()
    assert (request.text, request.system, request.earlier) == ("What now?", asked.system, TURNS[:2])


def test_turns_of_one_side_become_one() -> None:
    asked = conversation((*TURNS, Turn("user", "Please.")), "en")
    assert asked.last == "What now?\nPlease."
    assert asked.earlier == TURNS[:2]


@pytest.mark.parametrize("turns", [(), TURNS[:2]])
def test_somebody_must_have_spoken_last(turns: tuple[Turn, ...]) -> None:
    with pytest.raises(ValueError, match="the last turn must be the person's"):
        conversation(turns, "zh")
