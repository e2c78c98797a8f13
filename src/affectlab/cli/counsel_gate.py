"""``affectlab counsel gate``: what the risk gate says of some words."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from affectlab.counsel.gate import Decision


def gate(
    text: Annotated[str | None, typer.Option(help="The person's words; - reads them from stdin.")] = None,
    file: Annotated[Path | None, typer.Option(help="Or a UTF-8 file that holds them.")] = None,
    model: Annotated[str | None, typer.Option(help="Model that votes too; needs likelihoods.")] = None,
    classifier: Annotated[bool, typer.Option(help="Ask the shipped classifier.")] = True,
    rules: Annotated[
        Path | None, typer.Option(help="Folder with rules in place of the shipped ones.")
    ] = None,
    helplines: Annotated[Path | None, typer.Option(help="TOML file with the helplines.")] = None,
    locale: Annotated[str | None, typer.Option(help="Entry of that file, such as en-GB.")] = None,
    log: Annotated[Path | None, typer.Option(help="JSON Lines file to append the decision to.")] = None,
    log_text: Annotated[bool, typer.Option(help="Put the words themselves into the log.")] = False,
    deadline: Annotated[float | None, typer.Option(help="Seconds for each grader beside the rules.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Grade words by risk: none, low, high or immediate. Not a medical device; it misses things."""
    from affectlab.cli.output import print_json
    from affectlab.counsel.gate import GateConfig, ModelGrader, RiskGate
    from affectlab.errors import CounselError
    from affectlab.models import ModelOptions, Turn, load_model

    words = _words(text, file)
    if deadline is not None and not deadline > 0:
        raise CounselError(f"deadline {deadline:g} is out of range; expected more than 0 seconds")
    config = GateConfig(
        classifier=classifier,
        rules=rules,
        helplines=helplines,
        locale=locale,
        log=log,
        log_text=log_text,
        # A model reads its weights and the prompt; the classifier takes a millisecond.
        deadline_s=deadline or (60.0 if model else 2.0),
    )
    voter = load_model(model, ModelOptions()) if model else None
    try:
        with RiskGate.open(config, [ModelGrader(voter)] if voter else []) as opened:
            turns = [Turn("user", words)]
            decision = opened.decide(turns)
            reply = "" if decision.action == "answer" else opened.safe_reply(turns, decision.verdict)
            if opened.notice:
                typer.echo(f"affectlab: notice: {opened.notice}", err=True)
    finally:
        if voter:
            voter.close()
    if as_json:
        print_json({"command": "counsel gate", **decision.to_json(), "reply": reply})
    else:
        _show(decision, reply)


def _words(text: str | None, file: Path | None) -> str:
    from affectlab.errors import CounselError, UnreadableFile

    if (text is None) == (file is None):
        raise CounselError("expected either --text or --file; give exactly one of them")
    try:
        if file is not None:
            return file.read_text(encoding="utf-8")
        return sys.stdin.buffer.read().decode("utf-8") if text == "-" else str(text)
    except UnicodeDecodeError as error:
        where = file or "stdin"
        raise UnreadableFile(f"{where} is not UTF-8 text ({error.reason} at byte {error.start})") from None
    except OSError as error:
        raise UnreadableFile(f"cannot read {file}: {error.strerror or error}") from None


def _show(decision: Decision, reply: str) -> None:
    from affectlab.cli.output import print_pairs

    verdict = decision.verdict
    print_pairs(
        "risk gate",
        {
            "level": verdict.level,
            "language": verdict.language,
            "action": decision.action,
            **{f"grader {name}": said for name, said in decision.graders.items()},
            "reasons": "\n".join(verdict.reasons),
        },
    )
    if reply:
        sys.stdout.write(f"\n{reply}\n")
