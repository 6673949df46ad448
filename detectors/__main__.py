"""`python -m detectors`: the command line of the library."""

import sys

from detectors.cli import main

if __name__ == "__main__":
    sys.exit(main())
