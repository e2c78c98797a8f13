"""Putting a session's parts together from its configuration."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from queue import SimpleQueue

from affectlab.affect import AffectState
from affectlab.decoding import make_decoder
from affectlab.decoding.personal_file import read_person
from affectlab.music import MusicEngine, check_music, make_music
from affectlab.planning import PLANNERS, make_planner, parse_goal
from affectlab.planning.knowledge import Retriever
from affectlab.planning.knowledge.hybrid import open_retriever
from affectlab.planning.llm.exchange import Exchange
from affectlab.session.arms import ArmRequest, make_driver
from affectlab.session.brief import Brief
from affectlab.session.clock import SessionClock
from affectlab.session.config import SessionConfig, SignalConfig, UpdateConfig
from affectlab.session.events import Event
from affectlab.session.guidance import Guidance
from affectlab.session.intake import Intake
from affectlab.session.loop import Loop
from affectlab.session.plan_desk import PlanDesk
from affectlab.session.rater import SimulatedRater
from affectlab.session.recorder import SessionRecorder
from affectlab.signals import ChainConfig, Receiver, SignalChain, SimulatedSource, open_source


@dataclass(frozen=True, slots=True)
class Parts:
    """A session put together, ready for its first round."""

    loop: Loop
    guidance: Guidance
    engine: MusicEngine
    music: str
    rater: SimulatedRater | None
    warnings: tuple[str, ...]


def check_names(config: SessionConfig) -> None:
    """Raise `InvalidConfig` unless goal, planner, decoder and composer are known."""
    parse_goal(config.goal)
    make_planner(config.planner)
    make_decoder(config.decoder_used, config.seed)
    check_music(config.music, config.controller)


def build(
    config: SessionConfig,
    *,
    brief: Brief,
    donor: Sequence[AffectState],
    emit: Callable[[Event], None],
    recorder: SessionRecorder | None,
) -> Parts:
    """Make every stage and connect the source.

    Raises
    ------
    AffectlabError
        In one line, when a part cannot be made; what was opened before is closed again.
    """
    person = read_person(config.person) if config.person is not None else None
    decoder = make_decoder(config.decoder_used, config.seed, person)
    update = _careful(config.update, brief)
    driver = make_driver(ArmRequest(config.arm, update, config.seed, donor))
    guidance = Guidance(
        config.arm,
        driver,
        _plan_desk(config, emit),
        update,
        goal=parse_goal(config.goal),
        brief=brief,
        emit=emit,
    )
    composer, synthesiser = make_music(
        config.music, config.synth, config.seed, controller=config.controller, live=config.speed == 1
    )
    engine = MusicEngine(composer, synthesiser)
    with ExitStack() as opened:
        opened.callback(engine.close)
        source = open_source(
            config.source,
            seed=config.seed,
            speed=config.speed,
            heard=engine.sounding,
            channels=config.signals.channels,
        )
        opened.callback(source.close)
        receiver = Receiver(source.open(), channels=config.signals.channels)
        receiver.open()
        opened.callback(receiver.close)
        if person is not None:
            person.require_channels(receiver.channels)
        chain = SignalChain(receiver.sfreq, receiver.channels, chain_config(config.signals))
        opened.pop_all()
    guidance.warm(config.minutes)
    truth = source.truth if isinstance(source, SimulatedSource) else None
    loop = Loop(
        config,
        SessionClock(config.speed),
        Intake(source, receiver, chain, patience=patience(config.speed)),
        decoder,
        driver,
        guidance,
        engine,
        emit=emit,
        recorder=recorder,
        truth=truth,
    )
    rater = None
    if truth is not None and config.rating_seconds > 0:
        rater = SimulatedRater(truth, config.rating_seconds, config.seed)
    return Parts(loop, guidance, engine, f"{config.music}, {synthesiser.name}", rater, receiver.warnings)


def _plan_desk(config: SessionConfig, emit: Callable[[Event], None]) -> PlanDesk:
    exchanges: SimpleQueue[Exchange] = SimpleQueue()
    planner = make_planner(
        config.planner, knowledge=_knowledge(config.planner), told=exchanges.put, deadline=config.plan_seconds
    )
    return PlanDesk(
        planner, seconds=config.plan_seconds, waits=config.speed != 1, exchanges=exchanges, emit=emit
    )


def _knowledge(planner: str) -> Retriever | None:
    """Open the knowledge base for planners that look things up in it."""
    return None if planner in PLANNERS else open_retriever()


def _careful(config: UpdateConfig, brief: Brief) -> UpdateConfig:
    """Return the update rule with steps no longer than the person's plans may take."""
    return config.model_copy(update={"max_step": min(config.max_step, brief.limits.step)})


def patience(speed: float) -> float:
    """Return how long a round may wait for samples: not long enough to be heard, where sound is heard."""
    return 10.0 if math.isinf(speed) else 0.25


def chain_config(config: SignalConfig) -> ChainConfig:
    reference = config.reference
    named = reference in {"auto", "average", "none"}
    return ChainConfig(line=config.line_hz, reference=reference if named else tuple(reference.split(",")))
