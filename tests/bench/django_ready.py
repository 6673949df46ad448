"""Importing this sets Django up, so that the product's functions can be called without a server."""

import os
import sys
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flawmark.config.settings.test")
sys.path[:0] = [str(Path(__file__).parents[2] / "platform")]
django.setup()
