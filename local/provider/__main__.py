"""Runs the stand-in plugin; the engine starts it and reads its port from standard output."""

import asyncio

from .server import run

asyncio.run(run())
