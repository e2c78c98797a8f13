"""EmoMM-Synth: clips made here, whose truth is known for every modality.

A clip is a drawn face, a synthetic voice and a sentence from a grammar. Each carries its own valence, so that
modalities can be made to agree or to contradict each other, and everything else about them (who, where, how
excited, how noisy) is drawn independently of it.
"""

from affectlab.bench.emomm.synth.build import make_clips
from affectlab.bench.emomm.synth.scenario import ALIGNED, CLASSES, RELIABILITIES, Plan, Scenario
from affectlab.bench.emomm.synth.seeds import Stream

__all__ = ["ALIGNED", "CLASSES", "RELIABILITIES", "Plan", "Scenario", "Stream", "make_clips"]
