"""EEGNet, a small convolutional network for any EEG paradigm, as a rival.

Lawhern et al. (2018), EEGNet: a compact convolutional neural network for EEG-based brain-computer interfaces,
J. Neural Eng. 15, 056013: EEGNet-8,2, a temporal kernel of half a second.
"""

from __future__ import annotations

from torch import Tensor, nn


class EegNet(nn.Module):  # type: ignore[misc]
    """EEGNet-8,2 with one output.

    The paper convolves over time and then over electrodes, each filter with D spatial filters of its own. The
    two are linear and commute; over electrodes first is the same set of functions at an eighth of the cost.

    Parameters
    ----------
    channels
        Number of electrodes.
    sfreq
        Samples per second.
    filters, depth
        F1 and D of the paper.
    dropout
        .25 is the paper's across people.
    """

    def __init__(
        self, channels: int, sfreq: float, *, filters: int = 8, depth: int = 2, dropout: float = 0.25
    ) -> None:
        super().__init__()
        width = filters * depth
        # Pooling to 32 and to 4 samples per second at the paper's 128 Hz.
        fast, slow = max(1, round(sfreq / 32)), 8
        self.spatial = nn.Conv1d(channels, width, 1, bias=False)
        self.temporal = nn.Conv1d(
            width, width, round(sfreq / 2) | 1, padding="same", groups=width, bias=False
        )
        self.first = nn.Sequential(nn.BatchNorm1d(width), nn.ELU(), nn.AvgPool1d(fast), nn.Dropout(dropout))
        self.second = nn.Sequential(
            nn.Conv1d(width, width, 17, padding="same", groups=width, bias=False),
            nn.Conv1d(width, width, 1, bias=False),
            nn.BatchNorm1d(width),
            nn.ELU(),
            nn.AvgPool1d(slow),
            nn.Dropout(dropout),
            nn.Flatten(),
        )
        self.out = nn.LazyLinear(1)

    def forward(self, data: Tensor) -> Tensor:
        """Return scores, shape (n,), of windows, shape (n, channels, samples)."""
        return self.out(self.second(self.first(self.temporal(self.spatial(data))))).squeeze(-1)
