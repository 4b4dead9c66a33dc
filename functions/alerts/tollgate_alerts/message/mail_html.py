"""A message as HTML for mail clients and phones.

Mail clients know tables and inline styles. What they make of a style sheet differs, so it holds only the
dark colours: a client that ignores it shows the light ones. There is nothing to load: no image, no font.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from tollgate_alerts.message.colours import DARK, LIGHT
from tollgate_alerts.message.figures import percents

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tollgate_alerts.message.colours import Palette
    from tollgate_alerts.message.content import MessageContent

_FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_TABLE = '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"'
# Keeps clients from filling the preview with what comes after the preheader.
_PREVIEW_PADDING = "&#847;&zwnj;&nbsp;" * 60
# More letters than words have, and than most amounts have digits.
_LONGEST_WORD = 18


def html(content: MessageContent) -> str:
    light = LIGHT
    return f"""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="format-detection" content="telephone=no,date=no,address=no,email=no,url=no">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{_said(content.label)}: {_said(content.title)}</title>
<style>
:root {{ color-scheme: light dark; supported-color-schemes: light dark; }}
@media (prefers-color-scheme: dark) {{
{_dark(DARK)}
}}
</style>
</head>
<body class="page" style="margin:0;padding:0;background:{light.page};-webkit-text-size-adjust:100%">
<div style="display:none;max-height:0;overflow:hidden">{_said(content.preheader)}{_PREVIEW_PADDING}</div>
{_TABLE} class="page" style="background:{light.page}"><tr><td align="center" style="padding:16px 8px">
{_TABLE} class="card" style="max-width:600px;background:{light.card};border-radius:8px;\
overflow-wrap:anywhere;word-break:break-word;text-align:left;{_FONT};\
font-size:16px;line-height:24px;color:{light.text}">
<tr><td style="padding:24px 20px 0">
<span class="tone-{content.tone}" style="display:inline-block;padding:2px 10px;border-radius:4px;\
background:{light.tones[content.tone]};color:{light.on_tone};font-size:14px;line-height:22px;font-weight:bold">\
{_said(content.label)}</span>
<h1 style="margin:12px 0 8px;font-size:22px;line-height:28px">{_said(content.title)}</h1>
<p style="margin:0 0 16px">{_said(" ".join(content.summary))}</p>
{_bar(content)}
{_facts(content.facts)}
{_models(content.top_models)}
{_section("What happens next", content.consequences)}
{_section("What you can do", content.advice)}
{_button(content.console_url)}
</td></tr>
<tr><td class="line" style="padding:0 20px 24px">
<div class="line muted" style="margin-top:12px;border-top:1px solid {light.line};padding-top:16px;\
color:{light.muted};font-size:13px;line-height:20px">
<p style="margin:0 0 8px">{_said(content.audience)}</p>
{_references(content.references)}
</div>
</td></tr>
</table>
</td></tr></table>
</body>
</html>
"""


def _dark(palette: Palette) -> str:
    rules = [
        f".page {{ background: {palette.page} !important; }}",
        f".card {{ background: {palette.card} !important; color: {palette.text} !important; }}",
        f".muted {{ color: {palette.muted} !important; }}",
        f".line {{ border-color: {palette.line} !important; }}",
        f".track {{ background: {palette.track} !important; }}",
        f".button {{ background: {palette.accent} !important; color: {palette.on_tone} !important; }}",
    ]
    for tone, colour in palette.tones.items():
        rules.append(
            f".tone-{tone} {{ background: {colour} !important; color: {palette.on_tone} !important; }}"
        )
    return "\n".join(rules)


def _bar(content: MessageContent) -> str:
    """How much is used, as two cells of a table."""
    if content.used_percent is None:
        return ""
    used = percents(content.used_percent)
    filled = min(max(int(content.used_percent), 1 if content.used_percent else 0), 100)
    cell = "height:12px;font-size:0;line-height:0"
    cells = ""
    if filled:
        colour = LIGHT.tones[content.tone]
        style = f"{cell};background:{colour}"
        cells += f'<td class="tone-{content.tone}" width="{filled}%" style="{style}">&nbsp;</td>'
    if filled < 100:
        cells += (
            f'<td class="track" width="{100 - filled}%" style="{cell};background:{LIGHT.track}">&nbsp;</td>'
        )
    return (
        f'<table role="img" aria-label="{_said(used)} used" width="100%" cellpadding="0" cellspacing="0" '
        f'border="0" style="margin:0 0 16px;border-radius:6px;overflow:hidden"><tr>{cells}</tr></table>'
    )


def _facts(rows: Iterable[tuple[str, str]]) -> str:
    return f'{_TABLE} style="margin:0 0 16px">{"".join(_row(name, value) for name, value in rows)}</table>'


def _models(rows: Sequence[tuple[str, str]]) -> str:
    return f"{_title('Top models of the last 24 hours')}{_facts(rows)}" if rows else ""


def _row(name: str, value: str) -> str:
    cell = f"padding:6px 0;border-bottom:1px solid {LIGHT.line};vertical-align:top"
    named, valued = f"{cell};padding-right:12px{_whole(name)}", f"{cell}{_whole(value)};text-align:right"
    return (
        f'<tr><td class="line muted" style="{named};color:{LIGHT.muted}">{_said(name)}</td>'
        f'<td class="line" align="right" style="{valued}">{_said(value)}</td></tr>\n'
    )


def _whole(value: str) -> str:
    """Words and amounts are not broken; what is as long as an id or a name gives way."""
    is_short = all(len(word) <= _LONGEST_WORD for word in value.split())
    return ";overflow-wrap:normal;word-break:normal" if is_short else ""


def _section(title: str, paragraphs: Iterable[str]) -> str:
    items = "".join(f'<p style="margin:0 0 8px">{_said(each)}</p>\n' for each in paragraphs)
    return f"{_title(title)}{items}"


def _title(title: str) -> str:
    return f'<h2 style="margin:20px 0 8px;font-size:16px;line-height:24px">{_said(title)}</h2>\n'


def _button(url: str | None) -> str:
    if url is None:
        return ""
    return (
        f'<p style="margin:16px 0 20px"><a class="button" href="{escape(url)}" style="display:inline-block;'
        f"padding:10px 18px;border-radius:6px;background:{LIGHT.accent};color:{LIGHT.on_tone};"
        f'text-decoration:none;font-weight:bold">Open the console</a></p>'
    )


def _references(rows: Iterable[tuple[str, str]]) -> str:
    return "<br>\n".join(f"{_said(name)}: <bdi>{_said(value)}</bdi>" for name, value in rows)


def _said(value: str) -> str:
    """Escaped, and a number never parted from its percent sign."""
    return escape(value).replace(" %", "&nbsp;%")
