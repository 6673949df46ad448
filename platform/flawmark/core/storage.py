"""Files on disk that appear whole or not at all, so that many writers of the same blob never collide."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage


class WholeFileStorage(FileSystemStorage):
    """Writes beside the target and renames; a file of the same name is replaced.

    Only for content-addressed names, where replacing puts the same bytes there again. An S3-compatible
    store behaves like this by itself.
    """

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name

    def _save(self, name: str, content: Any) -> str:
        target = Path(self.path(name))
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, beside = tempfile.mkstemp(dir=target.parent, prefix=".new-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                for chunk in content.chunks():
                    file.write(chunk)
            Path(beside).replace(target)
        except BaseException:
            with suppress(FileNotFoundError):
                Path(beside).unlink()
            raise
        return name
