"""EEG-Conformer, convolution and self-attention, as a rival.

Song, Zheng, Liu and Gao (2023), EEG Conformer: convolutional transformer for EEG decoding and
visualization, IEEE Trans. Neural Syst. Rehabil. Eng. 31, 710-719: 40 filters of a tenth of a second, six
layers of ten heads.
"""

from __future__ import annotations

from torch import Tensor, nn

from affectlab.decoding.net.temporal import Block


class Conformer(nn.Module):  # type: ignore[misc]
    """EEG-Conformer with one output.

    The paper's temporal and spatial convolutions follow each other without a non-linearity; here they are one
    convolution over both, the same set of functions in one pass. Kernel and pooling keep the paper's seconds
    at its 250 Hz: .1 s, and means over .3 s every .06 s.

    Parameters
    ----------
    channels
        Number of electrodes.
    sfreq
        Samples per second.
    filters, heads, layers, dropout
        As in the paper.
    """

    def __init__(
        self,
        channels: int,
        sfreq: float,
        *,
        filters: int = 40,
        heads: int = 10,
        layers: int = 6,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.patches = nn.Sequential(
            nn.Conv1d(channels, filters, max(3, round(0.1 * sfreq))),
            nn.BatchNorm1d(filters),
            nn.ELU(),
            nn.AvgPool1d(max(2, round(0.3 * sfreq)), stride=max(1, round(0.06 * sfreq))),
            nn.Dropout(dropout),
            nn.Conv1d(filters, filters, 1),
        )
        self.blocks = nn.Sequential(*(Block(filters, heads, dropout) for _ in range(layers)))
        self.out = nn.Sequential(
            nn.Flatten(),
            nn.LazyLinear(256),
            nn.ELU(),
            nn.Dropout(dropout),
            nn.Linear(256, 32),
            nn.ELU(),
            nn.Dropout(0.3),
            nn.Linear(32, 1),
        )

    def forward(self, data: Tensor) -> Tensor:
        """Return scores, shape (n,), of windows, shape (n, channels, samples)."""
        return self.out(self.blocks(self.patches(data).transpose(1, 2))).squeeze(-1)
