"""What is wrong with the arguments, in one line instead of a box."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from typer.exceptions import TyperException


def usage_line(error: TyperException, given: Sequence[str]) -> str:
    """Return the mistake, the value that was given, and where to read what was expected.

    Parameters
    ----------
    error
        What the parser raised.
    given
        The arguments it was raised for.
    """
    message = error.format_message().rstrip(".")
    if value := next(_values(error, given), None):
        message += f" (given: {value!r})"
    context = getattr(error, "ctx", None)
    return f"{message}; see: {context.command_path} --help" if context is not None else message


def _values(error: TyperException, given: Sequence[str]) -> Iterator[str]:
    """Yield what was given for the option in question."""
    for option in getattr(getattr(error, "param", None), "opts", ()):
        for argument, following in zip(given, [*given[1:], ""], strict=True):
            if argument == option:
                yield following
            elif argument.startswith(f"{option}="):
                yield argument.removeprefix(f"{option}=")
