"""What a person is shown, whatever the model says."""

from __future__ import annotations

import pytest
from chat_actors import CHAIN, Scripted, Watchful, counsellor, laid_out
from hypothesis import given
from hypothesis import strategies as st

from affectlab.counsel.chat import Done, Notice, Reasoning, Replaced, Words
from affectlab.counsel.chat.release import Release
from affectlab.counsel.gate import Passed
from affectlab.errors import CounselError, ModelUnavailable
from affectlab.models import Sampling, Stop, Turn

SAID = [Turn("user", "I lost my dog.")]


def shown(events) -> str:
    return "".join(event.text for event in events if isinstance(event, Words | Replaced))


def of(kind, events):
    return [event for event in events if isinstance(event, kind)]


def answered(*scripts, turns=SAID, **settings):
    *events, done = counsellor(*scripts, **settings).reply(turns)
    assert isinstance(done, Done)
    assert done.answer == shown(events).strip()
    return events, done


def test_the_answer_is_shown_and_the_reasoning_is_not() -> None:
    events, done = answered(laid_out("I am sorry. That hurts."))
    assert all(isinstance(event, Words) for event in events)
    assert (done.answer, done.finish, done.verdict.level) == ("I am sorry. That hurts.", "stop", "none")


def test_the_reasoning_is_shown_to_who_asks_layer_by_layer() -> None:
    talk = counsellor(laid_out("I am sorry."))
    events = list(talk.reply(SAID, show_reasoning=True))
    layers = [(event.layer, event.text) for event in of(Reasoning, events)]
    assert layers == [("L1", "sad"), ("L2", "loss"), ("L3", "to be heard"), ("L4", "listen")]
    assert isinstance(events[0], Reasoning)


def test_reasoning_that_the_gate_refuses_is_withheld_and_the_answer_stays() -> None:
    script = laid_out("I am sorry.").replace("loss", "DOSE")
    events = list(counsellor(script, show_reasoning=True).reply(SAID))
    assert [event.layer for event in of(Reasoning, events)] == ["L1"]
    assert [event.kind for event in of(Notice, events)] == ["withheld"]
    assert shown(events) == "I am sorry."


def test_reasoning_about_danger_is_not_shown_to_the_person_in_it() -> None:
    events = list(counsellor(laid_out("Stay."), show_reasoning=True).reply([Turn("user", "!high")]))
    assert of(Reasoning, events) == []


def test_in_immediate_danger_the_model_is_not_asked() -> None:
    speaker = Scripted(laid_out("Fine."))
    events = list(counsellor(speaker=speaker).reply([Turn("user", "!immediate")]))
    assert speaker.begun == 0
    assert [event.kind for event in of(Notice, events)] == ["risk"]
    assert shown(events) == "Please call somebody."
    assert events[-1].finish == "gate"


def test_at_high_risk_the_gate_speaks_first_and_the_model_after_it() -> None:
    events, done = answered(laid_out("I am with you."), turns=[Turn("user", "!high")])
    assert isinstance(events[0], Notice)
    assert done.answer == "Please call somebody.\n\nI am with you."
    assert done.finish == "stop"


@pytest.mark.parametrize("level", ["none", "high"])
def test_what_follows_a_refused_sentence_is_never_shown(level: str) -> None:
    turns = [Turn("user", f"!{level}")]
    speaker = Scripted(laid_out("I hear you. Take a DOSE now. And this."))
    events = list(counsellor(speaker=speaker).reply(turns))
    assert "DOSE" not in shown(events)
    assert "And this" not in shown(events)
    assert "I hear you." in shown(events)
    assert [event.reasons for event in of(Replaced, events)] == [("a dose",)]
    assert events[-1].finish == "gate"
    assert speaker.closed == 1


def test_every_sentence_is_checked_in_the_light_of_those_before_it() -> None:
    guard = Watchful()
    list(counsellor(laid_out("One. Two. Three."), guard=guard).reply(SAID))
    assert guard.checked == ["One.", "One. Two.", "One. Two. Three."]


words = st.sampled_from(["DOSE", "a", " ", ".", "。", "!", "\n", "）", "x y"])
texts = st.lists(words, max_size=30).map("".join)


@given(texts, st.integers(1, 9))
def test_nothing_is_released_that_did_not_pass_and_nothing_else_is_lost(text: str, step: int) -> None:
    passed: list[str] = [""]

    def check(answer: str) -> Passed:
        passed.append(answer)
        return Passed("DOSE" not in answer, ("a dose",))

    release = Release(check)
    pieces = [release.feed(text[place : place + step]) for place in range(0, len(text), step)]
    said = "".join([*pieces, release.finish()])
    assert said == release.said
    assert said in passed
    assert "DOSE" not in said
    assert text.lstrip().startswith(said)
    assert said.strip() == text.strip() or "DOSE" in text


@given(st.integers(1, 40), st.booleans())
def test_pieces_of_any_length_say_the_same(step: int, chain: bool) -> None:
    answer = "I am sorry. 这很难受。Do you want to tell me more?"
    script = laid_out(answer) if chain else f"<answer>{answer}</answer>"
    events = list(counsellor(speaker=Scripted(script, step=step), chain=chain).reply(SAID))
    assert shown(events) == answer


@pytest.mark.parametrize(
    ("script", "answer"),
    [
        ("I am sorry.", "I am sorry."),
        (CHAIN + "<answer>I am sorry.", "I am sorry."),
        (CHAIN + "<answer>I am sorry.</ans", "I am sorry."),
        (CHAIN + "<answer>I am sorry</", "I am sorry"),
        (CHAIN + "<Answer >I am sorry.</Answer>", "I am sorry."),
        (laid_out("I am sorry.") + " And <L1>more</L1>", "I am sorry."),
    ],
)
def test_a_reply_that_is_laid_out_wrongly_is_shown_where_it_can_be_read(script: str, answer: str) -> None:
    assert answered(script)[1].answer == answer


@pytest.mark.parametrize("script", ["", "   ", CHAIN, CHAIN + "<answer> </answer>", "<L1>I see</L1>"])
def test_no_answer_is_asked_for_once_more_and_then_apologised_for(script: str) -> None:
    speaker = Scripted(script)
    events = list(counsellor(speaker=speaker).reply(SAID))
    assert [sampling.seed for _, sampling in speaker.asked] == [0, 1]
    assert [event.kind for event in of(Notice, events)] == ["again"]
    assert shown(events).startswith("I am sorry, I could not")
    assert events[-1].finish == "failed"


def test_a_second_try_that_succeeds_is_shown() -> None:
    events, done = answered("", laid_out("I am here."))
    assert (done.answer, done.finish) == ("I am here.", "stop")
    assert [event.kind for event in of(Notice, events)] == ["again"]


def test_a_cut_answer_says_so() -> None:
    class Cut(Scripted):
        def _said(self, *given):
            from dataclasses import replace

            return replace((yield from super()._said(*given)), complete=False)

    events = list(counsellor(speaker=Cut(CHAIN + "<answer>I am so")).reply(SAID))
    assert (shown(events), events[-1].finish) == ("I am so", "length")


def test_old_turns_are_dropped_in_pairs_and_it_is_said() -> None:
    turns = [Turn("user" if place % 2 == 0 else "assistant", f"turn {place}") for place in range(21)]
    speaker = Scripted(laid_out("Yes."), context=4)
    events = list(counsellor(speaker=speaker).reply(turns))
    request = speaker.asked[-1][0]
    assert request.earlier == tuple(turns[20 - len(request.earlier) : 20])
    assert len(request.earlier) == 4
    (notice,) = of(Notice, events)
    assert notice.text == f"The conversation has grown long: its oldest {20 - len(request.earlier)} " + (
        "turns are no longer read."
    )


def test_limits_of_turns_and_characters_drop_the_oldest_before_the_model_is_asked() -> None:
    turns = [Turn("user" if place % 2 == 0 else "assistant", "x" * 10) for place in range(9)]
    speaker = Scripted(laid_out("Yes."))
    list(counsellor(speaker=speaker, max_turns=5).reply(turns))
    list(counsellor(speaker=speaker, max_characters=25).reply(turns))
    assert [len(request.earlier) for request, _ in speaker.asked] == [4, 2]


def test_a_message_that_does_not_fit_alone_is_refused_by_the_model() -> None:
    from affectlab.errors import ContextExceeded

    class Small(Scripted):
        def _said(self, *given):
            raise ContextExceeded("the prompt has 9 tokens; shorten the conversation")
            yield

    with pytest.raises(ContextExceeded, match="shorten"):
        list(counsellor(speaker=Small("")).reply([*SAID, Turn("assistant", "a"), *SAID]))


@pytest.mark.parametrize(
    ("turns", "line"),
    [
        ([], "the last message must be the person's"),
        ([Turn("assistant", "Hello")], "the last message must be the person's"),
        ([Turn("user", " \n")], "the last message is empty"),
        ([Turn("user", "x" * 100_000)], "a message has 100,000 characters; at most 20,000 are read"),
    ],
)
def test_what_cannot_be_answered_is_one_line_and_nobody_is_asked(turns, line: str) -> None:
    speaker = Scripted(laid_out("Fine."))
    with pytest.raises(CounselError, match=line) as caught:
        list(counsellor(speaker=speaker).reply(turns))
    assert "\n" not in str(caught.value)
    assert speaker.begun == 0


def test_characters_that_no_text_may_hold_are_replaced() -> None:
    speaker = Scripted(laid_out("Fine."))
    list(counsellor(speaker=speaker).reply([Turn("user", "a\ud800b\0c")]))
    assert speaker.asked[0][0].text == "a?b?c"


def test_an_answer_is_in_the_language_of_the_question() -> None:
    speaker = Scripted("")
    events = list(counsellor(speaker=speaker).reply([Turn("user", "你好")]))
    assert "请用中文回答" in speaker.asked[0][0].system
    assert shown(events).startswith("对不起")
    list(counsellor(speaker=speaker, language="en").reply([Turn("user", "你好")]))
    assert "Answer in English" in speaker.asked[-1][0].system


def test_a_model_that_fails_before_it_says_anything_is_an_error() -> None:
    with pytest.raises(ModelUnavailable, match="try again later"):
        list(counsellor(ModelUnavailable("no answer; try again later")).reply(SAID))


def test_a_model_that_breaks_off_leaves_what_was_shown() -> None:
    class Breaking(Scripted):
        def _said(self, *given):
            yield "<answer>I am here. And th"
            raise ModelUnavailable("gone; try again later")

    events = list(counsellor(speaker=Breaking("")).reply(SAID))
    assert shown(events) == "I am here."
    assert [event.text for event in of(Notice, events)] == ["The answer broke off: gone; try again later"]
    assert events[-1].finish == "failed"


def test_stopping_ends_the_model_and_keeps_what_was_said() -> None:
    speaker, stop = Scripted(laid_out("One. " * 1000), pause=0.001), Stop()
    reply = counsellor(speaker=speaker).reply(SAID, stop=stop)
    assert isinstance(next(reply), Words)
    stop.set()
    events = list(reply)
    assert events[-1].finish == "stopped"
    assert (speaker.begun, speaker.closed) == (1, 1)


def test_closing_ends_the_model() -> None:
    speaker = Scripted(laid_out("One. " * 1000))
    reply = counsellor(speaker=speaker).reply(SAID)
    next(reply)
    reply.close()
    assert (speaker.begun, speaker.closed) == (1, 1)


def test_sampling_of_a_conversation_is_passed_on() -> None:
    speaker = Scripted(laid_out("Fine."))
    list(counsellor(speaker=speaker).reply(SAID, sampling=Sampling(99, 0.1, 4)))
    assert speaker.asked[0][1] == Sampling(99, 0.1, 4)
