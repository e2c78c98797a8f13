"""EEG in: simulated listener, replay, boards and LSL streams; conditioning, quality and windows.

Importing this package is light: MNE, mne-lsl, BrainFlow and SciPy load when a source or a chain is made.
"""

from affectlab.signals.conditioning import Conditioner
from affectlab.signals.listener import Heard, ListenerTraits
from affectlab.signals.montage import TEN_TWENTY, canonical, positions, scalp_names, select
from affectlab.signals.outlet import Outlet, unique_source_id
from affectlab.signals.pipeline import ChainConfig, SignalChain
from affectlab.signals.quality import Limits, QualityJudge
from affectlab.signals.receiver import Receiver, SignalEvent
from affectlab.signals.scalp import EffectSizes
from affectlab.signals.simulate import SimulatedListener, SimulatedSource
from affectlab.signals.source import Source, StreamAddress
from affectlab.signals.sources import open_source
from affectlab.signals.window import ChannelQuality, Chunk, Window
from affectlab.signals.windows import Windower

__all__ = [
    "TEN_TWENTY",
    "ChainConfig",
    "ChannelQuality",
    "Chunk",
    "Conditioner",
    "EffectSizes",
    "Heard",
    "Limits",
    "ListenerTraits",
    "Outlet",
    "QualityJudge",
    "Receiver",
    "SignalChain",
    "SignalEvent",
    "SimulatedListener",
    "SimulatedSource",
    "Source",
    "StreamAddress",
    "Window",
    "Windower",
    "canonical",
    "open_source",
    "positions",
    "scalp_names",
    "select",
    "unique_source_id",
]
