"""Progress of long work, on stderr and only when a person is watching."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from affectlab.session.events import Event, NoticeEvent, StateEvent

if TYPE_CHECKING:
    from affectlab.session.guided import GuidedMoment
    from affectlab.session.runner import Session


@contextmanager
def session_progress(session: Session) -> Iterator[None]:
    """Show a bar over the session's planned time, with phase and decoded state; notices go above it."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("connecting", total=session.config.minutes * 60)

        def show(event: Event) -> None:
            if isinstance(event, NoticeEvent):
                line = f"{event.time:7.1f} s  {event.text}"
                console.print(line, highlight=False, markup=False, soft_wrap=True)
            elif isinstance(event, StateEvent):
                valence, arousal = event.belief_mean
                text = f"{session.phase}  v {valence:+.2f} a {arousal:+.2f}"
                progress.update(task, completed=event.time, description=text)

        unsubscribe = session.subscribe(show)
        try:
            yield
        finally:
            unsubscribe()


@contextmanager
def counting(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar that counts finished `what`; yields the function to tell it (finished, of how many)."""
    with _bar(what) as move:
        yield lambda finished, total: move(what, finished, total)


@contextmanager
def answering(model: str) -> Iterator[Callable[[int, int, int], None]]:
    """Show how many questions are answered, how many failed and how long it will take.

    Yields the function to tell it: (answered, of how many, failed).
    """
    with _bar(f"loading {model}") as move:

        def show(answered: int, total: int, failed: int) -> None:
            text = f"{model}, {failed} failed" if failed else model
            move(text, answered, total)

        yield show


@contextmanager
def stages(first: str) -> Iterator[Callable[[str], Callable[[int, int, int], None]]]:
    """Show which of several stages is under way, and how far it is.

    Parameters
    ----------
    first
        What is shown until there is a stage.

    Yields
    ------
    Callable
        Told the name of a stage that begins; returns who is told (finished, of how many, failed).
    """
    with _bar(first) as move:

        def say(name: str) -> Callable[[int, int, int], None]:
            return lambda done, total, _: move(name, done, total)

        yield say


@contextmanager
def learning(first: str) -> Iterator[Callable[[str], Callable[[int, int, str], None]]]:
    """Show which stage of a training is under way, how far it is, and what it says of itself.

    Parameters
    ----------
    first
        What is shown until there is a stage.

    Yields
    ------
    Callable
        Told the name of a stage that begins; returns who is told (steps done, of how many, the loss).
    """
    with _bar(first) as move:

        def begin(stage: str) -> Callable[[int, int, str], None]:
            return lambda done, total, loss: move(f"{stage} {loss}", done, total)

        yield begin


@contextmanager
def guiding() -> Iterator[Callable[[GuidedMoment], None]]:
    """Say what to do, and show how far a guided calibration is; yields the function to tell it where it is.

    What to do is said also where nobody watches a bar; once for every step.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn())
    said: list[int] = []
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("connecting", total=1.0)

        def show(moment: GuidedMoment) -> None:
            step = moment.step
            if moment.number not in said:
                said.append(moment.number)
                line = f"{moment.number}/{moment.of}  {step.title}. {step.words}"
                console.print(line, highlight=False, markup=False, soft_wrap=True)
            left = {"ready": "get ready", "doing": f"{moment.left:.0f} s left"}.get(
                moment.phase, moment.phase
            )
            progress.update(task, completed=moment.done, description=f"{step.title}: {left}")

        yield show


@contextmanager
def _bar(first: str) -> Iterator[Callable[[str, int, int], None]]:
    """Show a bar that begins as `first`; yields who is told (what it shows, finished, of how many)."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task(first, total=None)

        def move(text: str, done: int, total: int) -> None:
            progress.update(task, description=text, completed=done, total=total)

        yield move
