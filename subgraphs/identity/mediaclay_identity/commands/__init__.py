"""What identity adds to `clay`."""

from __future__ import annotations

import typer

from mediaclay_identity.commands.clients import add_client, add_signing_service, token_format
from mediaclay_identity.commands.keys import rotate
from mediaclay_identity.commands.people import add_human_who_signs_in, password
from mediaclay_identity.commands.tokens import token

app = typer.Typer()
app.command("token")(token)
app.command("password")(password)
app.command("add-human")(add_human_who_signs_in)
app.command("add-client")(add_client)
app.command("add-service")(add_signing_service)
app.command("token-format")(token_format)
app.command("rotate-keys")(rotate)

__all__ = ["app"]
