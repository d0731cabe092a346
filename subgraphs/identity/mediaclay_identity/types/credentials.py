"""AgentCredentials, shown once."""

from __future__ import annotations

import strawberry
from mediaclay_kernel.plan import shows

from mediaclay_identity.records import Credentials
from mediaclay_identity.types.principal import Principal


@strawberry.type(description="With what an agent gets its tokens, at /oauth/token by the client credentials grant.")
@shows(Credentials)
class AgentCredentials:
    """An agent's credentials."""

    principal: Principal
    client_id: str
    client_secret: str = strawberry.field(description="Shown once: it can't be read again, only replaced.")
