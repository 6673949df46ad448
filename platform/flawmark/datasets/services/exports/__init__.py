"""Exports of dataset versions for other tools."""

from flawmark.datasets.services.exports.requests import export_create
from flawmark.datasets.services.exports.running import export_run

__all__ = ["export_create", "export_run"]
