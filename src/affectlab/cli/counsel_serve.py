"""``affectlab counsel serve``: the guarded chat behind an OpenAI-compatible address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

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
    from affectlab.counsel.serve import ServeSettings


def serve(
    model: ChatModel = None,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on (127.0.0.1); any other demands --token.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on (8790).")] = None,
    token: Annotated[
        str | None, typer.Option(envvar="AFFECTLAB_TOKEN", help="Secret that clients send as their key.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="What clients call the model (counsel).")] = None,
    lanes: Annotated[int | None, typer.Option(help="Answers under way at once (2).")] = None,
    waiting: Annotated[int | None, typer.Option(help="Requests that may wait for a lane (32).")] = None,
    deadline: Annotated[
        float | None, typer.Option(help="Seconds for one answer, waiting included (300).")
    ] = None,
    grace: Annotated[
        float | None, typer.Option(help="Seconds for answers under way when told to end (20).")
    ] = None,
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
        bool, typer.Option("--json", help="Print one JSON object on stdout when it has ended.")
    ] = False,
) -> None:
    """Serve the guarded chat to any client of OpenAI's chat protocol.

    SIGTERM or Ctrl-C takes no more requests, finishes those under way within the grace time, and exits 0.
    """
    from affectlab.config import load
    from affectlab.counsel.serve import ServeSettings

    talk = chat_flags(
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
    flags = {
        "chat": {key: value for key, value in talk.items() if value is not None},
        "host": host,
        "port": port,
        "token": token,
        "name": name,
        "lanes": lanes,
        "waiting": waiting,
        "deadline_s": deadline,
        "grace_s": grace,
    }
    _serve(load(ServeSettings, file=config, flags=flags), as_json=as_json)


def _serve(settings: ServeSettings, *, as_json: bool) -> None:
    from affectlab.counsel.chat import open_counsellor
    from affectlab.errors import MissingExtra

    try:
        from affectlab.counsel.serve.run import serve as run
    except ModuleNotFoundError as error:
        raise MissingExtra(error.name or "fastapi", "counsel") from None
    settings.demand_token()
    with open_counsellor(settings.chat, lanes=settings.lanes) as counsellor:
        if counsellor.notice:
            typer.echo(counsellor.notice, err=True)
        counts = run(counsellor, settings, lambda address: _announce(address, settings))
    if as_json:
        from affectlab.cli.output import print_json

        print_json({"command": "counsel serve", "model": settings.chat.model, **counts})


def _announce(address: str, settings: ServeSettings) -> None:
    typer.echo(
        f"{settings.chat.model} answers as {settings.name!r} at {address}/v1. An AI, not a clinician.\n"
        "Ctrl+C ends it.",
        err=True,
    )
