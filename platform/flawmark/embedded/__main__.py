"""`python -m flawmark.embedded`: the whole of Flawmark with one command."""

import os
import sys

from flawmark.embedded.errors import EmbeddedError, ServiceError
from flawmark.embedded.options import Options
from flawmark.embedded.stop_request import StopRequest
from flawmark.embedded.supervisor import Supervisor


def _say(sentence: str) -> None:
    print(sentence, flush=True)


def main() -> int:
    """Run until asked to stop; 2 if something has to be changed first, 1 if something broke."""
    os.umask(0o077)
    stop = StopRequest()
    stop.listen()
    try:
        Supervisor(Options.from_environment(), stop, _say).run()
    except ServiceError as error:
        print(error, file=sys.stderr)
        return 1
    except EmbeddedError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
