"""A reply is read strictly, mended where there is one way to, and told apart while it is written."""

from __future__ import annotations

import re

import pytest
from empathy_replies import cuts, garbled, replies
from hypothesis import given
from hypothesis import strategies as st

from affectlab.prompting.empathy import (
    Chain,
    MalformedReply,
    Reply,
    ReplyStream,
    check,
    gbnf,
    parse,
    regex,
    repair,
)
from affectlab.prompting.empathy.tags import held_back, tags

GOOD = Reply("It is hard.", Chain("Sad.", "Loss.", "To be heard.", "Listen."))
TEXT = GOOD.text()


@given(replies)
def test_what_is_written_is_read_back(reply: Reply) -> None:
    assert parse(reply.text()) == reply


@given(replies)
def test_a_good_reply_needs_no_repair(reply: Reply) -> None:
    assert repair(reply.text()) == (reply, ())


@given(garbled)
def test_nothing_but_malformed_reply_is_raised(text: str) -> None:
    faults = check(text)
    if faults:
        with pytest.raises(MalformedReply, match=re.escape(str(faults[0]))) as raised:
            parse(text)
        assert raised.value.faults == faults
    else:
        assert repair(text) == (parse(text), ())


@given(garbled)
def test_repair_makes_up_no_words(text: str) -> None:
    mended = repair(text)
    if mended is not None:
        reply, faults = mended
        assert faults == check(text)
        assert not check(reply.text())
        assert all(part in text for part in (reply.answer, *(reply.chain or ())))


@given(st.data())
def test_any_chunking_gives_what_parse_gives(data: st.DataObject) -> None:
    reply = data.draw(replies)
    assert _streamed(data.draw(cuts(reply.text()))) == reply


@given(st.data())
def test_chunking_never_matters(data: st.DataObject) -> None:
    text = data.draw(garbled)
    assert _parts(data.draw(cuts(text))) == _parts([text])


@given(garbled)
def test_only_a_possible_tag_is_held_back(text: str) -> None:
    held = held_back(text)
    assert held <= len("< / empathy_think ")
    rest = text[len(text) - held :]
    assert not held or any(any(tags(rest + more)) for more in _completions(rest))


def test_words_outside_the_answer_are_never_answer() -> None:
    text = "Sure! <empathy_think><L1>secret</L1></empathy_think>aside<answer>Hello <L2>you</answer> PS"
    assert _parts(list(text)) == {"L1": "secret", "answer": "Hello you"}


def test_a_text_without_tags_is_answer_only_where_asked() -> None:
    assert _parts(["I am ", "here."]) == {}
    assert _parts(["I am ", "here."], untagged_is_answer=True) == {"answer": "I am here."}
    assert _parts(["<L1>I am ", "here."], untagged_is_answer=True) == {"L1": "I am here."}


def test_the_end_says_what_is_missing() -> None:
    stream = ReplyStream(chain=True)
    stream.feed(TEXT[: TEXT.index("<L3>")])
    ending = stream.close()
    assert {(fault.code, fault.tag) for fault in ending.faults} == {
        ("truncated", "empathy_think"),
        ("missing", "L3"),
        ("missing", "L4"),
        ("missing", "answer"),
    }


def test_a_closed_stream_takes_nothing_more() -> None:
    stream = ReplyStream()
    stream.close()
    with pytest.raises(ValueError, match="open a new ReplyStream"):
        stream.feed("x")


def test_a_finished_answer_is_known_at_once() -> None:
    stream = ReplyStream()
    stream.feed(TEXT[:-1])
    assert not stream.answered
    stream.feed(">")
    assert stream.answered


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("", {("missing", "answer")}),
        ("Hello", {("missing", "answer"), ("outside", "empathy_think")}),
        ("<answer> \n</answer>", {("empty", "answer")}),
        ("<answer>Hello", {("truncated", "answer")}),
        ("<answer>a</answer><answer>b</answer>", {("repeated", "answer")}),
        ("<answer>a<L1>b</answer>", {("in_answer", "<L1>")}),
        ("<Answer>a</answer>", {("misspelt", "<Answer>")}),
        ("<answer>a</answer></L2>", {("unopened", "L2")}),
        ("<L9><answer>a</answer>", {("unknown", "<L9>")}),
        (TEXT + "Bye", {("outside", "answer")}),
        (TEXT.replace("<L2>Loss.</L2>", ""), {("missing", "L2")}),
        (TEXT.replace("</L2>", ""), {("unclosed", "L2")}),
        (TEXT.replace("</L2><L3>", "<L3>").replace("</L3>", "</L3></L2>"), {("nested", "L3")}),
        (
            TEXT.replace("<L2>Loss.</L2>", "").replace("</L3>", "</L3><L2>Loss.</L2>"),
            {("order", "L2")},
        ),
        (TEXT.replace("<empathy_think>", ""), {("missing", "empathy_think"), ("unopened", "empathy_think")}),
    ],
)
def test_every_fault_is_named(text: str, faults: set[tuple[str, str]]) -> None:
    found = {(fault.code, fault.tag) for fault in check(text)}
    assert faults <= found
    assert found - faults <= {("misplaced", layer) for layer in ("L1", "L2", "L3", "L4")}


def test_reasoning_can_be_demanded_or_forbidden() -> None:
    assert {fault.code for fault in check("<answer>a</answer>", chain=True)} == {"missing"}
    assert [fault.code for fault in check(TEXT, chain=False)] == ["unasked"]
    assert not check(TEXT, chain=True)


@pytest.mark.parametrize(
    "text",
    [
        f"<think>\n\n</think>\n\n{TEXT}",
        f"Here it is:\n{TEXT}\nI hope this helps.",
        TEXT.removesuffix("</answer>"),
        TEXT.removesuffix("swer>"),
        TEXT.replace("</L2>", ""),
        TEXT.replace("</empathy_think>", ""),
        TEXT.replace("<answer>", "<Answer >").replace("<L1>", "<l1>"),
    ],
)
def test_what_is_unambiguous_is_mended(text: str) -> None:
    mended = repair(text, chain=True)
    assert mended is not None
    reply, faults = mended
    assert reply == GOOD
    assert faults


@pytest.mark.parametrize(
    "text",
    [
        "",
        "It is hard.",
        TEXT.replace("<L2>Loss.</L2>", ""),
        TEXT.replace("Loss.", " "),
        TEXT.replace("<answer>It is hard.</answer>", ""),
        TEXT + "<answer>Another.</answer>",
        "<answer></ans",
    ],
)
def test_what_is_ambiguous_is_not_mended(text: str) -> None:
    assert repair(text) is None


@given(st.data(), st.booleans())
def test_all_that_the_pattern_admits_is_parsed(data: st.DataObject, chain: bool) -> None:
    text = data.draw(st.from_regex(regex(chain=chain), fullmatch=True))
    assert (parse(text, chain=chain).chain is not None) is chain


def test_the_pattern_admits_a_good_reply() -> None:
    assert re.fullmatch(regex(), TEXT)
    assert re.fullmatch(regex(chain=False), Reply("It is hard.").text())
    assert not re.fullmatch(regex(), TEXT.replace("Loss.", ""))


def test_a_layer_ends_at_its_longest_and_an_answer_does_not() -> None:
    short = Reply("It is hard. " * 500, Chain("Grief", "Loss.", "Heard", "Words")).text()
    assert re.fullmatch(regex(longest_layer=4), short)
    assert re.fullmatch(regex(longest_layer=4), short.replace("Loss.", "Losses")) is None
    assert "{0,4}" in gbnf(longest_layer=4).splitlines()[1]


def test_the_grammar_lists_the_tags_in_order() -> None:
    quoted = re.findall(r'"([^"]+)"', gbnf().splitlines()[0])
    assert "".join(quoted) == Reply("", Chain("", "", "", "")).text()


def _parts(chunks: list[str], *, untagged_is_answer: bool = False) -> dict[str, str]:
    stream = ReplyStream(untagged_is_answer=untagged_is_answer)
    events = [event for chunk in chunks for event in stream.feed(chunk)]
    parts: dict[str, str] = {}
    for event in (*events, *stream.close().events):
        parts[event.part] = parts.get(event.part, "") + event.text
    return parts


def _streamed(chunks: list[str]) -> Reply:
    parts = _parts(chunks)
    layers = [parts[name] for name in ("L1", "L2", "L3", "L4") if name in parts]
    return Reply(parts["answer"], Chain(*layers) if layers else None)


def _completions(rest: str) -> list[str]:
    """Return ends that make a tag of `rest`, where there are any."""
    whole = ["empathy_think>", "answer>", *(f"L{digit}>" for digit in range(10))]
    return [end[cut:] for end in [*whole, " >", "/answer>"] for cut in range(len(end))]
