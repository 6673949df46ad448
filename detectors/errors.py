"""The errors of the detectors library. Each carries one sentence that a person understands."""


class DetectorError(Exception):
    """Base class: anything that the library refuses to do, with the reason."""


class InputError(DetectorError, ValueError):
    """The given images, masks, folders or hyperparameters cannot be used; the sentence names the culprit."""


class NotFittedError(DetectorError):
    """`score` or `save` was called before `fit`."""


class ArtifactError(DetectorError):
    """A saved detector is corrupted, foreign, or of another version than this library reads."""


class MissingWeightsError(DetectorError):
    """Pretrained weights are not on this machine; the sentence says how to get them."""


class Cancelled(DetectorError):
    """The caller's progress callback asked for a stop."""


class TrainingError(DetectorError):
    """A network's training broke: a loss without end, or a network that maps everything to one point."""
