"""The time as it is written into files."""

import datetime


def now() -> str:
    """Return the time as ISO 8601 with the zone, to the second."""
    return datetime.datetime.now(datetime.UTC).astimezone().isoformat(timespec="seconds")
