"""Azure for a laptop without an account: nothing of the product imports it, and it imports nothing of the product."""

import os
from pathlib import Path

ROOT = Path(__file__).parents[1]
"""The project's directory."""


def home() -> Path:
    """Local Azure's own directory."""
    return Path(os.environ.get("LOCAL_AZURE_HOME") or ROOT / ".local" / "azure")
