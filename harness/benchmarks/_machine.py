"""What figures depend on of the machine; nothing that identifies it."""

import os
import platform
from pathlib import Path
from typing import Any


def machine() -> dict[str, Any]:
    """Return the kind of machine."""
    return {
        "processor": _processor(),
        "processors": os.cpu_count(),
        "system": _system(),
    }


def load() -> float:
    """Return the average number of processes that were ready to run in the last minute."""
    last_minute, *_ = os.getloadavg()
    return round(last_minute, 2)


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                return f"{value.strip()}, {platform.machine()}"
    return platform.machine()


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:  # not on this system
        return platform.system()
