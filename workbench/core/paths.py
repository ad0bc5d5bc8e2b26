"""Where things are on this computer."""

import os
from pathlib import Path

import platformdirs


def resources() -> Path:
    """Return the folder of icons, themes, translations and templates."""
    return Path(__file__).resolve().parents[2] / "resources"


def cache() -> Path:
    """Return the folder for starter models and data (``WORKBENCH_CACHE`` overrides it)."""
    chosen = os.environ.get("WORKBENCH_CACHE")
    return Path(chosen) if chosen else platformdirs.user_cache_path("workbench", appauthor=False)
