"""The pages where people allow a client something, at a browser or for a device."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from mediaclay_identity.pages.page import Page, hidden, page

MEANS = {
    "openid": "know who you are", "profile": "see your name", "offline_access": "do so when you are away, for up to 90 days",
    "clay.read": "read what you may read", "clay.write": "change what you may change",
    "clay.admin": "administer this instance in your name", "clay.approve": "approve proposals in your name",
}  # fmt: skip
"""What each scope lets a client do."""


def consent_page(
    csrf: str, client: str, who: str, scopes: Sequence[str], *, goes_to: str, sends_to: str = "", is_agent: bool = False
) -> Page:
    """Asks whether the client may. `goes_to` is where the browser is sent, for the person to recognize."""
    acts = "an agent that acts in your name" if is_agent else "an application"
    body = f"""
<p><strong>{escape(client)}</strong>, {acts}, asks to:</p>
<ul>{"".join(f"<li>{escape(MEANS[scope])}</li>" for scope in scopes)}</ul>
<p class="hint">You are signed in as {escape(who)}. {escape(goes_to)}</p>
<form method="post">{hidden(csrf=csrf)}
<button name="action" value="allow">Allow</button>
<button name="action" value="deny" class="second">Refuse</button>
</form>"""
    return page(f"Allow {client}?", body, sends_to=sends_to)


def code_page(csrf: str, *, error: str = "", status: int = 200) -> Page:
    """Asks for the code that a device shows."""
    described = ' aria-describedby="hint error" aria-invalid="true"' if error else ' aria-describedby="hint"'
    body = f"""
<form method="post">{hidden(csrf=csrf, action="code")}
<label for="code">Code on the device</label>
<p class="hint" id="hint">Eight letters. Enter only a code that you see on a device of your own.</p>
<input id="code" name="code" autocomplete="off" autocapitalize="characters" spellcheck="false" required autofocus{described}>
<button>Continue</button>
</form>"""
    return page("Connect a device", body, error=error, status=status)


def device_page(csrf: str, code: str, client: str, who: str, scopes: Sequence[str]) -> Page:
    """Asks whether the device may."""
    body = f"""
<p>A device that shows <strong>{escape(code)}</strong> uses <strong>{escape(client)}</strong> and asks to:</p>
<ul>{"".join(f"<li>{escape(MEANS[scope])}</li>" for scope in scopes)}</ul>
<p class="hint">You are signed in as {escape(who)}. Refuse if you did not start this yourself.</p>
<form method="post">{hidden(csrf=csrf, code=code)}
<button name="action" value="allow">Allow</button>
<button name="action" value="deny" class="second">Refuse</button>
</form>"""
    return page(f"Allow {client}?", body)


def said_page(title: str, sentence: str, *, is_error: bool = False, status: int = 200) -> Page:
    """A page that only says something."""
    return page(
        title, "" if is_error else f"<p>{escape(sentence)}</p>", error=sentence if is_error else "", status=status
    )
