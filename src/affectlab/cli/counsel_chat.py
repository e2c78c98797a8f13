"""``affectlab counsel chat``: a guarded conversation in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from affectlab.cli.counsel_settings import (
    BaseUrl,
    ChatModel,
    ConfigFile,
    Context,
    DecisionLog,
    Helplines,
    Language,
    MaxTokens,
    Seed,
    ShowReasoning,
    Temperature,
    Threads,
    chat_flags,
)

if TYPE_CHECKING:
    from affectlab.counsel.chat import Counsellor


def chat(
    model: ChatModel = None,
    show_reasoning: ShowReasoning = None,
    language: Language = None,
    helplines: Helplines = None,
    log: DecisionLog = None,
    max_tokens: MaxTokens = None,
    temperature: Temperature = None,
    seed: Seed = None,
    context: Context = None,
    threads: Threads = None,
    base_url: BaseUrl = None,
    config: ConfigFile = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Read one message a line from stdin, print one JSON object on stdout."),
    ] = False,
) -> None:
    """Talk with a model behind the risk gate. It is an AI, not a clinician.

    Ctrl-C ends the answer that is being said, not the program. /reasoning shows or hides the reasoning,
    /quit leaves. Nothing of the conversation is kept.
    """
    from affectlab.config import load
    from affectlab.counsel.chat import ChatSettings, open_counsellor

    flags = chat_flags(
        model=model,
        show_reasoning=show_reasoning,
        language=language,
        helplines=helplines,
        log=log,
        max_tokens=max_tokens,
        temperature=temperature,
        seed=seed,
        options={"context": context, "threads": threads, "base_url": base_url},
    )
    settings = load(ChatSettings, file=config, flags=flags)
    with open_counsellor(settings) as counsellor:
        if counsellor.notice:
            typer.echo(counsellor.notice, err=True)
        if as_json:
            _answer_lines(counsellor)
        else:
            from affectlab.cli.counsel_terminal import converse

            converse(counsellor)


def _answer_lines(counsellor: Counsellor) -> None:
    import sys

    from affectlab.cli.output import print_json
    from affectlab.models import Turn

    turns: list[Turn] = []
    rows: list[dict[str, Any]] = []
    for line in sys.stdin:
        if said := line.strip():
            turns.append(Turn("user", said))
            row = _answered(counsellor, turns)
            turns.append(Turn("assistant", row["answer"]))
            rows.append({"said": said, **row})
    identity = counsellor.speaker.identity
    print_json({"command": "counsel chat", "model": identity.name, "rows": rows})


def _answered(counsellor: Counsellor, turns: list[Any]) -> dict[str, Any]:
    from affectlab.counsel.chat import Done, Notice, Reasoning

    notices: list[dict[str, str]] = []
    reasoning: dict[str, str] = {}
    row: dict[str, Any] = {}
    for event in counsellor.reply(turns):
        match event:
            case Notice(kind, text):
                notices.append({"kind": kind, "text": text})
            case Reasoning(layer, text):
                reasoning[layer] = reasoning.get(layer, "") + text
            case Done(verdict, finish, answer):
                row = {
                    "answer": answer,
                    "finish": finish,
                    "level": verdict.level,
                    "tokens": event.spoken.tokens,
                }
    return {**row, "notices": notices, **({"reasoning": reasoning} if reasoning else {})}
