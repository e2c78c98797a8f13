"""Every error affectlab raises on purpose.

The tree::

    AffectlabError
    ├── InvalidAffect        a value off the valence-arousal plane, or an improper covariance
    ├── InvalidData          data that cannot be used: shape, range, layout, too few groups
    │   ├── UnreadableFile   a file that is missing, truncated, or not what its name says
    │   └── UnknownChannels  channel names that are not on the montage
    ├── InvalidConfig        an unknown key or a value out of range in flags, environment or file
    ├── InvalidPlan          an intervention plan outside its limits
    ├── SourceError          an EEG source that cannot be opened
    │   ├── UnknownSource    the text of `--source` names nothing
    │   ├── StreamNotFound   no such LSL stream on the network
    │   └── BoardError       the board could not be prepared or is not known
    ├── AudioError           sound cannot be made: SoundFont, synthesiser, encoder
    ├── RecordingError       the session cannot be written or read back
    │   └── DiskFull         no room left; what was written before is whole
    ├── ModelError           a model that cannot be loaded or asked
    │   ├── UnknownModel     the text of `--model` names nothing
    │   ├── ModelUnavailable the server did not answer, for long enough to give up
    │   ├── ContextExceeded  the prompt and its answer do not fit the model's context
    │   ├── InvalidLogits    a network that answers NaN or infinity
    │   └── OutOfMemory      a batch does not fit; a smaller one may
    ├── BenchError           a benchmark run, log or comparison that cannot be made
    ├── DecodingError        decoder weights, a calibration or an evaluation that cannot be made or used
    ├── CounselError         counselling data, a training run or a chat that cannot be made or used
    ├── SteeringError        a steering plan that cannot be made, read, or applied to this model
    ├── StudioError          the server cannot start: port taken, token missing
    └── MissingExtra         a package of an optional extra is not installed

Each message is one line: the bad value, what was expected, what to do. The CLI prints it and exits with
code 2; `--debug` shows the traceback.
"""

from __future__ import annotations


class AffectlabError(Exception):
    """Base of all errors meant for a user to read."""


class InvalidAffect(AffectlabError, ValueError):
    """A value off the valence-arousal plane, or an improper covariance."""


class InvalidData(AffectlabError, ValueError):
    """Data that cannot be used: wrong shape, range or layout."""


class UnreadableFile(InvalidData):
    """A file that is missing, truncated, or not what its name says."""


class UnknownChannels(InvalidData):
    """Channel names that are not on the montage."""


class InvalidConfig(AffectlabError, ValueError):
    """An unknown key or a value out of range in flags, environment or file."""


class InvalidPlan(AffectlabError, ValueError):
    """An intervention plan outside its limits."""


class SourceError(AffectlabError):
    """An EEG source that cannot be opened."""


class UnknownSource(SourceError, ValueError):
    """The text of `--source` names nothing."""


class StreamNotFound(SourceError):
    """No such LSL stream on the network."""


class BoardError(SourceError):
    """The board could not be prepared or is not known."""


class AudioError(AffectlabError):
    """Sound cannot be made: SoundFont, synthesiser or encoder."""


class RecordingError(AffectlabError):
    """The session cannot be written or read back."""


class DiskFull(RecordingError):
    """No room left on the disk; what was written before is whole."""


class ModelError(AffectlabError):
    """A model that cannot be loaded or asked."""


class UnknownModel(ModelError, ValueError):
    """The text of `--model` names nothing."""


class ModelUnavailable(ModelError):
    """The server did not answer, for long enough to give up; what was answered before is kept."""


class ContextExceeded(ModelError):
    """The prompt and its answer do not fit the model's context; a shorter conversation may."""


class InvalidLogits(ModelError):
    """A network answers NaN or infinity where logits are expected."""


class OutOfMemory(ModelError):
    """A batch does not fit in memory; a smaller one may."""


class BenchError(AffectlabError):
    """A benchmark run, log or comparison that cannot be made."""


class DecodingError(AffectlabError):
    """Decoder weights, a calibration or an evaluation that cannot be made or used."""


class CounselError(AffectlabError):
    """Counselling data, a training run or a chat that cannot be made or used."""


class SteeringError(AffectlabError):
    """A steering plan that cannot be made or read, or does not fit the model."""


class StudioError(AffectlabError):
    """The server cannot start."""


class MissingExtra(AffectlabError, ImportError):
    """A package of an optional extra is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        # The arguments as given, so that the error survives the way back from a worker process.
        super().__init__(package, extra)

    def __str__(self) -> str:
        package, extra = self.args
        return f"{package} is not installed; it comes with: pip install 'affectlab[{extra}]'"
