"""Windows of EEG to beliefs about affect."""

from affectlab.decoding.bandpower import BandPowerDecoder
from affectlab.decoding.calibration import Calibration, assess
from affectlab.decoding.chance import ChanceDecoder
from affectlab.decoding.decoder import Decoder
from affectlab.decoding.features import BANDS, FRONTAL_PAIRS, log_band_power
from affectlab.decoding.prior import PRIOR_SD, without_prior
from affectlab.decoding.registry import DECODERS, make_decoder
from affectlab.decoding.selfreport import REPORT_SD, self_report

__all__ = [
    "BANDS",
    "DECODERS",
    "FRONTAL_PAIRS",
    "PRIOR_SD",
    "REPORT_SD",
    "BandPowerDecoder",
    "Calibration",
    "ChanceDecoder",
    "Decoder",
    "assess",
    "log_band_power",
    "make_decoder",
    "self_report",
    "without_prior",
]
