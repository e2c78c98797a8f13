"""Plan and trajectory to sound: composer, synthesis, level control."""

from affectlab.music.engine import MusicEngine, MusicEvent, PcmBlock
from affectlab.music.pcm import SFREQ_AUDIO
from affectlab.music.registry import COMPOSERS, check_music, make_composer, make_music
from affectlab.music.score import Beat, Composer, MusicControl, Note, Synthesiser
from affectlab.music.synthesis import SYNTHESISERS, make_synthesiser

__all__ = [
    "COMPOSERS",
    "SFREQ_AUDIO",
    "SYNTHESISERS",
    "Beat",
    "Composer",
    "MusicControl",
    "MusicEngine",
    "MusicEvent",
    "Note",
    "PcmBlock",
    "Synthesiser",
    "check_music",
    "make_composer",
    "make_music",
    "make_synthesiser",
]
