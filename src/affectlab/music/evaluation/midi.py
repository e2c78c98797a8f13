"""Takes as MIDI files."""

from __future__ import annotations

from bisect import bisect_right
from pathlib import Path
from typing import Any, Final

from affectlab.errors import MissingExtra
from affectlab.files import writing
from affectlab.music.evaluation.take import Take

TICKS_PER_BEAT: Final = 480
_DRUM_CHANNEL: Final = 9
_CHANNELS: Final = tuple(channel for channel in range(16) if channel != _DRUM_CHANNEL)
# At one tick a note ends before another begins, and a program is set before it plays.
_PROGRAM, _OFF, _ON = 0, 1, 2


def write_midi(take: Take, path: Path) -> None:
    """Write a take as a MIDI file of type 1, whole or not at all.

    The first track holds a tempo for each beat at which it changes, the others a part and program each.
    Beyond fifteen of these, all parts of a program share its channel.

    Raises
    ------
    MissingExtra
        If mido is not installed.
    """
    try:
        import mido
    except ImportError as error:
        raise MissingExtra("mido", "live") from error
    file = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_BEAT)
    file.tracks.append(_tempo_track(mido, take))
    voices = _events(take)
    channels = _channels(tuple(voices))
    for (part, program), events in voices.items():
        channel = channels[part, program]
        file.tracks.append(_part_track(mido, f"{part} {program}", channel, program, events))
    with writing(path) as temporary:
        file.save(temporary)


def _tempo_track(mido: Any, take: Take) -> Any:
    changes, before = [], None
    for number, beat in enumerate(take.beats):
        tempo = round(beat.duration * 1e6)
        if tempo != before:
            changes.append((number * TICKS_PER_BEAT, mido.MetaMessage("set_tempo", tempo=tempo)))
        before = tempo
    name = mido.MetaMessage("track_name", name=f"{take.arm} {take.name}")
    return _track(mido, [(0, name), *changes], len(take.beats) * TICKS_PER_BEAT)


def _channels(voices: tuple[tuple[str, int], ...]) -> dict[tuple[str, int], int]:
    """Return the channel of each part and program; programs beyond the fifteenth share the last one."""
    last = len(_CHANNELS) - 1
    if len(voices) <= len(_CHANNELS):
        return dict(zip(voices, _CHANNELS, strict=False))
    programs = list(dict.fromkeys(program for _, program in voices))
    return {voice: _CHANNELS[min(programs.index(voice[1]), last)] for voice in voices}


def _events(take: Take) -> dict[tuple[str, int], list[tuple[int, int, int, int]]]:
    """Return (tick, off or on, pitch, velocity) of each part and program, in order."""
    events: dict[tuple[str, int], list[tuple[int, int, int, int]]] = {}
    starts = take.starts.tolist()
    for number, beat in enumerate(take.beats):
        for note in beat.notes:
            begin = round((number + note.offset / beat.duration) * TICKS_PER_BEAT)
            end = _tick(starts, starts[number] + note.offset + note.duration)
            into = events.setdefault((note.part, note.program), [])
            into.append((begin, _ON, note.pitch, note.velocity))
            into.append((max(end, begin + 1), _OFF, note.pitch, 0))
    return {voice: sorted(rows) for voice, rows in sorted(events.items())}


def _tick(starts: list[float], second: float) -> int:
    """Return the tick at a second; the last tempo holds on after the end."""
    number = min(bisect_right(starts, second) - 1, len(starts) - 2)
    return round(
        (number + (second - starts[number]) / (starts[number + 1] - starts[number])) * TICKS_PER_BEAT
    )


def _part_track(
    mido: Any, name: str, channel: int, program: int, events: list[tuple[int, int, int, int]]
) -> Any:
    kinds = {_ON: "note_on", _OFF: "note_off"}
    messages = [
        (tick, mido.Message(kinds[kind], channel=channel, note=pitch, velocity=velocity))
        for tick, kind, pitch, velocity in events
    ]
    opening = [
        (0, mido.MetaMessage("track_name", name=name)),
        (0, mido.Message("program_change", channel=channel, program=program)),
    ]
    return _track(mido, opening + messages, messages[-1][0])


def _track(mido: Any, messages: list[tuple[int, Any]], end: int) -> Any:
    """Return a track of messages at absolute ticks, in order."""
    track, now = mido.MidiTrack(), 0
    for tick, message in messages:
        track.append(message.copy(time=tick - now))
        now = tick
    track.append(mido.MetaMessage("end_of_track", time=max(end - now, 0)))
    return track
