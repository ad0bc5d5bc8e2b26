"""Sizes, times and counts as a person reads them."""

from workbench.core.i18n import tr


def size(amount: float) -> str:
    """Return an amount of bytes with two figures that matter: "1.3 GB", "270 MB"."""
    value, units = max(amount, 0.0) / 1e6, ["MB", "GB", "TB"]
    while value >= 1000 and len(units) > 1:
        value, units = value / 1000, units[1:]
    return f"{value:.1f} {units[0]}" if value < 10 else f"{value:.0f} {units[0]}"


def duration(seconds: float) -> str:
    """Return a time to wait for, as coarse as a person would say it: "40 s", "5 min", "2 h 10 min"."""
    if seconds < 55:
        return tr("{seconds} s", seconds=max(round(seconds / 5) * 5, 5))
    minutes = round(seconds / 60)
    if minutes < 60:
        return tr("{minutes} min", minutes=max(minutes, 1))
    hours, rest = divmod(minutes, 60)
    return tr("{hours} h {minutes} min", hours=hours, minutes=rest) if rest else tr("{hours} h", hours=hours)


def count(number: int) -> str:
    """Return a whole number with its thousands apart: "460,800"."""
    return f"{number:,}"


def millions(number: float) -> str:
    """Return a count of parameters: "135 M", "7.2 B"."""
    if number >= 1e9:
        return f"{number / 1e9:.1f} B"
    return f"{number / 1e6:.0f} M" if number >= 1e6 else count(round(number))
