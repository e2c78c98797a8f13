"""The chat and the endpoint from the command line."""

from __future__ import annotations

import io
import json
import os
import signal
import threading

import pytest
from chat_actors import Scripted, counsellor, laid_out
from rich.console import Console

from affectlab.cli import main
from affectlab.cli.counsel_terminal import converse
from affectlab.errors import UnknownModel
from affectlab.models.gguf import find_weights

SMALL = "qwen2.5-coder-0.5b-instruct-q4.gguf"


class Typist(Console):
    """A terminal at which lines are typed; a line that is an error is raised in place of being typed."""

    def __init__(self, *lines: str | BaseException) -> None:
        super().__init__(file=io.StringIO(), width=200, highlight=False)
        self.lines, self.prompts = list(lines), []

    def input(self, prompt="", **_options) -> str:
        self.prompts.append(str(prompt))
        line = self.lines.pop(0) if self.lines else EOFError()
        if isinstance(line, BaseException):
            raise line
        return line

    @property
    def shown(self) -> str:
        return self.file.getvalue()


def test_every_line_that_is_typed_is_asked_for_beside_the_warning() -> None:
    speaker = Scripted(laid_out("One."), laid_out("Two."))
    console = Typist("Hello", "", "And then?", "/quit", "never read")
    converse(counsellor(speaker=speaker), console)
    assert [request.text for request, _ in speaker.asked] == ["Hello", "And then?"]
    assert [turn.text for turn in speaker.asked[1][0].earlier] == ["Hello", "One."]
    assert all("AI, not a clinician" in prompt for prompt in console.prompts)
    assert "One." in console.shown
    assert "sad" not in console.shown


def test_reasoning_is_shown_after_it_was_asked_for() -> None:
    console = Typist("Hello", "/reasoning", "Hello")
    converse(counsellor(laid_out("One.")), console)
    before, _, after = console.shown.partition("reasoning shown")
    assert "L1 sad" not in before
    assert "L1 sad" in after


def test_a_mistake_costs_one_message() -> None:
    console = Typist("x" * 30_000, "Hello")
    converse(counsellor(laid_out("One.")), console)
    assert "affectlab: a message has 30,000 characters" in console.shown
    assert "One." in console.shown


def test_ctrl_c_ends_the_answer_and_not_the_program() -> None:
    speaker = Scripted(laid_out("One. " * 100_000), laid_out("Two."), pause=0.001)
    console = Typist(KeyboardInterrupt(), "Hello", "Again")
    interrupt = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    interrupt.start()
    converse(counsellor(speaker=speaker), console)
    interrupt.join()
    assert "(stopped)" in console.shown
    assert "Two." in console.shown
    assert speaker.begun == speaker.closed == 2


def test_what_a_model_says_is_not_taken_for_markup() -> None:
    console = Typist("Hello")
    converse(counsellor(laid_out("[bold]No[/bold] [/nothing].")), console)
    assert "[bold]No[/bold] [/nothing]." in console.shown


@pytest.mark.parametrize("command", ["chat", "serve"])
@pytest.mark.parametrize(
    ("flags", "line"),
    [
        (["--model", "nothing"], "--model 'nothing' names no model"),
        (["--model", "gguf:no.gguf"], "no file 'no.gguf'"),
        (
            ["--model", "organism", "--language", "fr"],
            "language' is 'fr': input should be 'auto'",
        ),
        (["--model", "organism", "--helplines", "none.toml"], "helplines none.toml cannot be read"),
        (["--model", "organism", "--max-tokens", "3"], "max_tokens' is 3"),
    ],
)
def test_mistakes_are_one_line(mistake, command: str, flags: list[str], line: str) -> None:
    assert line in mistake("counsel", command, *flags)


def test_other_machines_need_a_token(mistake) -> None:
    line = mistake("counsel", "serve", "--model", "organism", "--host", "0.0.0.0")
    assert "set a token by --token or AFFECTLAB_TOKEN" in line


@pytest.mark.llm
def test_lines_become_one_json_object(monkeypatch, capsys) -> None:
    pytest.importorskip("xllamacpp")
    try:
        find_weights(SMALL)
    except UnknownModel as error:
        pytest.skip(str(error))
    monkeypatch.setattr("sys.stdin", io.StringIO("I have the pills here and will kill myself tonight.\n"))
    with pytest.raises(SystemExit) as left:
        main(["counsel", "chat", "--model", f"gguf:{SMALL}", "--context", "256", "--json"])
    assert left.value.code == 0
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert (row["level"], row["finish"]) == ("immediate", "gate")
    assert row["answer"]
