"""The networks as methods of decoding, to be compared with others on the same folds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from affectlab.decoding.epochs import TARGETS, Target
from affectlab.decoding.evaluation.method import Examples, Prediction
from affectlab.decoding.net.conformer import Conformer
from affectlab.decoding.net.eegnet import EegNet
from affectlab.decoding.net.graph_problem import run
from affectlab.decoding.net.rivals import FittedRival, fit_rival
from affectlab.decoding.net.scaled import ScaledNet
from affectlab.decoding.net.settings import GraphSettings, TrainingSettings
from affectlab.decoding.net.training import Plan, train
from affectlab.decoding.net.views import view


@dataclass(frozen=True, slots=True, eq=False)
class FittedGraph:
    """A trained decoder, asked for one axis."""

    decoder: ScaledNet
    target: Target

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def predict(self, examples: Examples) -> Prediction:
        inputs = view(examples, examples.info.channels)
        decoded = self.decoder.scaled(run(self.decoder.network, inputs))
        place = TARGETS.index(self.target)
        variance = decoded.covariance[:, place, place].double().numpy()
        return Prediction(
            decoded.mean[:, place].double().numpy(),
            np.sqrt(variance),
            decoded.high[:, place].double().numpy(),
        )


class GraphMethod:
    """The Transformer-GNN, as it is shipped."""

    name = "graph"

    def fit(self, examples: Examples, target: Target, *, seed: int) -> FittedGraph:
        plan = Plan(GraphSettings(), TrainingSettings(), seed)
        decoder, _ = train(examples, (target,), plan)
        return FittedGraph(decoder, target)


class EegNetMethod:
    """EEGNet on windows aligned to rest."""

    name = "eegnet"

    def fit(self, examples: Examples, target: Target, *, seed: int) -> FittedRival:
        return fit_rival(EegNet, examples, target, seed=seed)


class ConformerMethod:
    """EEG-Conformer on windows aligned to rest."""

    name = "conformer"

    def fit(self, examples: Examples, target: Target, *, seed: int) -> FittedRival:
        return fit_rival(Conformer, examples, target, seed=seed)
