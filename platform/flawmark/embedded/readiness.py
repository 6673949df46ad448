"""Whether the web server answers."""

import http.client
import socket

from flawmark.embedded.errors import EmbeddedError
from flawmark.embedded.options import Options

_HEALTH_PATH = "/healthz"


def require_free_port(options: Options) -> None:
    """Refuse a port that somebody listens on, before anything is started.

    Raises:
        EmbeddedError: The port is taken, or not ours to take.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((options.host, options.port))
        except OSError as error:
            raise EmbeddedError(
                f"Port {options.port} cannot be used ({error.strerror}): set FLAWMARK_PORT to another one."
            ) from error


def web_answers(options: Options) -> bool:
    """Whether the health check, which asks the database and Valkey, says yes."""
    connection = http.client.HTTPConnection(options.host, options.port, timeout=2)
    try:
        connection.request("GET", _HEALTH_PATH)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
