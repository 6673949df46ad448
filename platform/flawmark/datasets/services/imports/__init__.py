"""Imports: from untrusted files to images, with a line for each file.

`archives`, `folders` and `sources` give names and bytes, `layout` and `sidecar` say what each file is,
`requests` stores what was sent, `running` does the work.
"""

from flawmark.datasets.services.imports.requests import (
    import_create_files,
    import_create_folder,
    import_create_zip,
)
from flawmark.datasets.services.imports.running import import_run

__all__ = [
    "import_create_files",
    "import_create_folder",
    "import_create_zip",
    "import_run",
]
