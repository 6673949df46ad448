"""The errors of the embedded stack, each one sentence that a person can act on."""


class EmbeddedError(Exception):
    """Something the person who started Flawmark has to know or to change."""


class ServiceError(EmbeddedError):
    """A service did not start, or stopped by itself."""
