"""The page where people sign in."""

from __future__ import annotations

from html import escape

from mediaclay_identity.pages.page import Page, hidden, page


def sign_in_page(
    csrf: str, *, purpose: str = "", login: str = "", error: str = "", sends_to: str = "", status: int = 200
) -> Page:
    """By name and password, or by passkey where the browser has them. `purpose` says what one signs in for."""
    described = ' aria-describedby="error" aria-invalid="true"' if error else ""
    body = f"""
{f"<p>{escape(purpose)}</p>" if purpose else ""}
<form method="post" id="sign-in">{hidden(csrf=csrf, action="sign_in")}
<label for="login">Name</label>
<input id="login" name="login" value="{escape(login)}" autocomplete="username webauthn" autocapitalize="none" spellcheck="false" required{"" if login else " autofocus"}{described}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required{" autofocus" if login else ""}{described}>
<button>Sign in</button>
</form>
<form method="post" id="passkey-sign-in" hidden>{hidden(csrf=csrf, action="passkey", credential="")}
<button class="second">Sign in with a passkey</button>
<p role="status" class="hint"></p>
</form>"""
    return page("Sign in", body, error=error, sends_to=sends_to, scripted=True, status=status)
