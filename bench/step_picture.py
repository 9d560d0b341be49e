"""Draws the step: the 99th percentile of each kind of request by second, over the load that was offered."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 860, 420, 64, 150, 46, 48
SLOWEST_MS = 10_000.0
COLOURS = {"board": "#0b5cad", "portfolio": "#6f42c1", "bet": "#b35900"}


class Second(NamedTuple):
    """What was due in one second: how many requests, p99 in milliseconds by kind, how many were told to come back."""

    at: int
    due: int
    p99_ms: Mapping[str, float]
    refused: int


def picture(seconds: Sequence[Second], stepped_s: float, limits_ms: Mapping[str, float]) -> str:
    """Return the picture as SVG."""
    parts = [_frame(), _load(seconds), _scale(len(seconds)), _step(seconds, stepped_s)]
    parts += [_limit(kind, limit_ms) for kind, limit_ms in limits_ms.items()]
    kinds = [kind for kind in COLOURS if any(kind in second.p99_ms for second in seconds)]
    parts += [_line(kind, number, seconds) for number, kind in enumerate(kinds)]
    return "\n".join([*parts, "</svg>", ""])


def _x(at: float, seconds: int) -> float:
    return LEFT + at * (WIDTH - LEFT - RIGHT) / seconds


def _y(took_ms: float) -> float:
    """Return the height of a time on a logarithmic scale from 1 ms up."""
    share = math.log10(max(1.0, min(took_ms, SLOWEST_MS))) / math.log10(SLOWEST_MS)
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def _frame() -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        ' font-family="system-ui, sans-serif" font-size="13">\n'
        "<title>p99 by second while the load steps from 50 to 5,000 requests a second</title>\n"
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>\n'
        f'<text x="{LEFT}" y="24" font-size="15" fill="#16202a">p99 by second; the load steps from 50 to 5,000 requests a second</text>'
    )


def _load(seconds: Sequence[Second]) -> str:
    most = max((second.due for second in seconds), default=1) or 1
    width = _x(1, len(seconds)) - _x(0, len(seconds))
    bars = []
    for second in seconds:
        height = second.due / most * (HEIGHT - TOP - BOTTOM)
        bars.append(
            f'<rect x="{_x(second.at, len(seconds)) + 1:.1f}" y="{HEIGHT - BOTTOM - height:.1f}"'
            f' width="{width - 2:.1f}" height="{height:.1f}"'
            f' fill="#e8eef5"><title>{second.due} requests, {second.refused} told to come back</title></rect>'
        )
    return "\n".join(bars)


def _scale(seconds: int) -> str:
    lines = []
    for power in range(5):
        height = _y(10**power)
        lines.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{height:.1f}" y2="{height:.1f}" stroke="#c9d1d9" stroke-width="1"/>')
        lines.append(f'<text x="{LEFT - 8}" y="{height + 4:.1f}" text-anchor="end" fill="#44515e">{10**power:,} ms</text>')
    lines += [
        f'<text x="{_x(at, seconds):.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle" fill="#44515e">{at} s</text>'
        for at in range(seconds + 1)
    ]
    return "\n".join(lines)


def _step(seconds: Sequence[Second], stepped_s: float) -> str:
    at = _x(stepped_s, len(seconds))
    return f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" stroke="#16202a" stroke-dasharray="2 4"/>'


def _limit(kind: str, limit_ms: float) -> str:
    height = _y(limit_ms)
    return (
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{height:.1f}" y2="{height:.1f}" stroke="{COLOURS[kind]}" stroke-dasharray="6 4"/>'
        f'<text x="{WIDTH - RIGHT + 8}" y="{height + 4:.1f}" fill="{COLOURS[kind]}">{kind}: at most {limit_ms:g} ms</text>'
    )


def _line(kind: str, number: int, seconds: Sequence[Second]) -> str:
    points = [(_x(second.at + 0.5, len(seconds)), _y(second.p99_ms[kind])) for second in seconds if kind in second.p99_ms]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    name = f'<text x="{WIDTH - RIGHT + 8}" y="{HEIGHT - BOTTOM - 60 + 20 * number}" fill="{COLOURS[kind]}">{kind}, p99</text>'
    return f'<polyline points="{path}" fill="none" stroke="{COLOURS[kind]}" stroke-width="2.5"/>{name}'
