"""Bar charts as SVG: one bar a row, of one part or several, drawn the same for the same figures."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Mapping

_COLOURS = ("#2563eb", "#d97706", "#059669", "#7c3aed", "#dc2626", "#64748b")
_LABEL, _BAR, _VALUE, _ROW, _TOP = 250, 420, 90, 26, 40
_HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
    'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="13">\n'
    '<rect width="100%" height="100%" fill="#ffffff"/>\n'
)


def chart(title: str, rows: Mapping[str, Mapping[str, float]], unit: str, decimals: int = 1) -> str:
    """Rows of parts that add up; of several parts each has its colour, and a legend says which."""
    parts = list(dict.fromkeys(part for row in rows.values() for part in row))
    most = max(sum(row.values()) for row in rows.values())
    legend = len(parts) > 1
    top = _TOP + (_ROW if legend else 0)
    width, height = _LABEL + _BAR + _VALUE, top + _ROW * len(rows) + 10
    drawn = [_HEAD.format(width=width, height=height), _text(10, 22, title, weight="bold")]
    if legend:
        drawn += _legend(parts)
    for number, (name, row) in enumerate(rows.items()):
        y = top + _ROW * number
        drawn.append(_text(_LABEL - 8, y + 15, name, anchor="end"))
        x = float(_LABEL)
        for part, value in row.items():
            length = value / most * _BAR
            drawn.append(_rectangle(x, y, length, _COLOURS[parts.index(part) % len(_COLOURS)]))
            x += length
        drawn.append(_text(x + 6, y + 15, f"{sum(row.values()):,.{decimals}f} {unit}"))
    return "".join((*drawn, "</svg>\n"))


def _legend(parts: list[str]) -> list[str]:
    drawn, x = [], 10.0
    for number, part in enumerate(parts):
        drawn += [_rectangle(x, _TOP - 6, 12, _COLOURS[number % len(_COLOURS)], 12)]
        drawn += [_text(x + 16, _TOP + 5, part, size=11)]
        x += 30 + 6.2 * len(part)
    return drawn


def _rectangle(x: float, y: float, width: float, colour: str, height: int = 18) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height}" fill="{colour}"/>\n'


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", weight: str = "normal", size: int = 13
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}" font-size="{size}"'
        f' fill="#111827">{escape(text)}</text>\n'
    )
