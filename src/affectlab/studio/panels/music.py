"""What the music does now."""

from __future__ import annotations

from affectlab.session.events import BeatEvent
from affectlab.studio.desk import Desk
from affectlab.studio.panels.panel import facts, panel, signed

KEYS = ("bar.beat", "chord", "key", "tempo", "density", "dynamics", "valence", "arousal", "instruments")


class MusicPanel:
    """Figures of the beat that sounds."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._shown: BeatEvent | None = None
        with panel("Music", "") as self._note:
            self._values = facts(*KEYS)

    def refresh(self) -> None:
        """Show the last beat."""
        beat = self._desk.view.beat
        if beat is self._shown or beat is None:
            return
        self._shown = beat
        for key, value in figures(beat).items():
            self._values[key].say(value)
        self._note.say(beat.facts.get("section") or beat.facts.get("composer", ""))


def figures(beat: BeatEvent) -> dict[str, str]:
    """Return what a beat does, in words and numbers; bars and beats are counted from one."""
    told = beat.facts
    return {
        "bar.beat": f"{beat.bar + 1}.{beat.beat + 1}",
        "chord": told.get("chord", "-"),
        "key": " ".join(word for word in (told.get("key", ""), told.get("mode", "")) if word) or "-",
        "tempo": f"{beat.tempo_bpm:.0f} bpm",
        "density": f"{beat.density:.2f}",
        "dynamics": f"{beat.dynamics:.2f}",
        "valence": signed(beat.valence),
        "arousal": signed(beat.arousal),
        "instruments": told.get("instruments", "-"),
    }
