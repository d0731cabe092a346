"""The page where people see to how they sign in."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from joserfc.util import urlsafe_b64encode

from mediaclay_identity.pages.page import Page, hidden, page
from mediaclay_identity.records import PasskeyRecord


def account_page(
    csrf: str,
    who: str,
    passkeys: Sequence[PasskeyRecord],
    *,
    said: str = "",
    error: str = "",
    can_passkey: bool = True,
    status: int = 200,
) -> Page:
    """Passkeys, password, and the ways out."""
    body = f"""
{f'<p role="status">{escape(said)}</p>' if said else ""}
<p>You are signed in as <strong>{escape(who)}</strong>.</p>
<h2>Passkeys</h2>
{_listed(csrf, passkeys)}
{_adding(csrf) if can_passkey else '<p class="hint">Passkeys need an address with a name, such as localhost.</p>'}
<h2>Password</h2>
<form method="post">{hidden(csrf=csrf, action="password")}
<label for="current">Current password</label>
<input id="current" name="current" type="password" autocomplete="current-password" required>
<label for="new">New password</label>
<p class="hint" id="rule">At least 12 characters; several words make a good one.</p>
<input id="new" name="password" type="password" autocomplete="new-password" minlength="12" required aria-describedby="rule">
<button class="second">Change password</button>
</form>
<h2>Sign out</h2>
<form method="post">{hidden(csrf=csrf)}
<button name="action" value="sign_out">Sign out here</button>
<button name="action" value="sign_out_everywhere" class="second">Sign out everywhere, applications too</button>
</form>"""
    return page("Your account", body, error=error, scripted=can_passkey, status=status)


def _listed(csrf: str, passkeys: Sequence[PasskeyRecord]) -> str:
    if not passkeys:
        return "<p>You have none yet.</p>"
    items = "".join(
        f"""<li>{escape(each.label)}, since {each.created_at:%Y-%m-%d}
<form method="post">{hidden(csrf=csrf, action="remove_passkey", credential=urlsafe_b64encode(each.credential_id).decode())}
<button class="second" aria-label="Remove the passkey {escape(each.label)}">Remove</button></form></li>"""
        for each in passkeys
    )
    return f"<ul>{items}</ul>"


def _adding(csrf: str) -> str:
    return f"""<form method="post" id="passkey-add" hidden>{hidden(csrf=csrf, action="add_passkey", credential="")}
<label for="label">Name of the new passkey</label>
<input id="label" name="label" value="Passkey" maxlength="64" required>
<button class="second">Add a passkey</button>
<p role="status" class="hint"></p>
</form>"""
