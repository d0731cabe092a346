"""The frame of every page, and the headers that keep it to itself."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

STYLE = """
:root{color-scheme:light dark;--ink:#1a1d21;--paper:#fff;--edge:#6b7280;--act:#1d4ed8;--on-act:#fff;--bad:#b00020}
@media (prefers-color-scheme:dark){:root{--ink:#f1f3f5;--paper:#16181c;--edge:#9ca3af;--act:#93c5fd;--on-act:#10131a;--bad:#ffb4ab}}
*{box-sizing:border-box}
body{margin:0;font:1.0625rem/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
main{max-width:26rem;margin:0 auto;padding:2rem 1.25rem}
h1{font-size:1.5rem;line-height:1.25}h2{font-size:1.125rem;margin-top:2rem}
label{display:block;font-weight:600;margin:1rem 0 .25rem}
input:not([type=hidden]){width:100%;font:inherit;color:inherit;background:transparent;padding:.6rem;border:1px solid var(--edge);border-radius:.375rem}
button{width:100%;font:inherit;font-weight:600;padding:.7rem;margin-top:1rem;border:2px solid var(--act);border-radius:.375rem;background:var(--act);color:var(--on-act);cursor:pointer}
button.second{background:transparent;color:var(--act)}
:focus-visible{outline:3px solid var(--act);outline-offset:2px}
[role=alert]{border-left:.3rem solid var(--bad);padding:.5rem .75rem;color:var(--bad);font-weight:600}
[hidden]{display:none}li{margin:.4rem 0}.hint{font-size:.9375rem}
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its text, its status, and the headers that go with it."""

    html: str
    headers: Mapping[str, str]
    status: int = 200


def page(
    title: str, body: str, *, error: str = "", sends_to: str = "", scripted: bool = False, status: int = 200
) -> Page:
    """A page. `body` is HTML; `error` is told first; `sends_to` is an origin that its form may lead to in the end."""
    told = f'<p role="alert" id="error">{escape(error)}</p>' if error else ""
    script = '<script src="/oauth/passkeys.js" defer></script>' if scripted else ""
    html = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{"Error: " if error else ""}{escape(title)} - MediaClay</title><style>{STYLE}</style>{script}</head>
<body><main><h1>{escape(title)}</h1>{told}{body}</main></body></html>
"""
    return Page(html, _headers(sends_to, scripted), status)


def hidden(**values: str) -> str:
    """Hidden fields of a form."""
    return "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in values.items())


def _headers(sends_to: str, scripted: bool) -> dict[str, str]:
    scripts = "; script-src 'self'; connect-src 'self'" if scripted else ""
    policy = (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'{scripts}; img-src 'none'; base-uri 'none'; "
        f"frame-ancestors 'none'; form-action 'self' {sends_to}".rstrip()
    )
    return {
        "Content-Security-Policy": policy, "Cache-Control": "no-store", "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "publickey-credentials-get=(self), publickey-credentials-create=(self)",
    }  # fmt: skip
