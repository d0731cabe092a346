"""The supergraph: whether it composes, whether its parts answer, whether tokens can be verified."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

from mediaclay_kernel.errors import ClayError
from mediaclay_kernel.subgraph import resolve

from mediaclay import composing
from mediaclay.checks.finding import Finding
from mediaclay.checks.servers import ASLEEP
from mediaclay.fetching import fetch
from mediaclay.instance import Instance, reachable_host
from mediaclay.programs import answers


def composition(instance: Instance) -> list[Finding]:
    """Whether the installed subgraphs fit together; composed aside, so that nothing changes."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            configuration = composing.write_configuration(instance.members, Path(folder))
            command = composing.command(configuration, Path(folder) / "supergraph.graphql")
            done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        except ClayError as error:
            return [Finding("composition", "not possible", True, error.message)]
    if done.returncode != 0:
        return [Finding("composition", done.stderr.strip(), True, "Change the schema of the subgraph that is named.")]
    return [Finding("composition", f"{', '.join(instance.members)} fit together")]


def services(instance: Instance, running: bool) -> list[Finding]:
    """Whether each subgraph and the router answer on /ready."""
    bases = {name: member.base for name, member in instance.members.items()}
    bases["router"] = f"http://{reachable_host(instance.runner.router_host)}:{instance.runner.router_port}"
    if not running:
        return [Finding("services", ASLEEP.replace("it", "them"))]
    return [_service(name, base) for name, base in bases.items()]


def _service(name: str, base: str) -> Finding:
    if answers(f"{base}/ready")(0):
        return Finding(name, f"ready at {base}")
    return Finding(name, f"not ready at {base}", True, f"Look into the log of {name} in CLAY_HOME.")


async def own(instance: Instance, running: bool) -> list[Finding]:
    """What the running subgraphs say of themselves."""
    found: list[Finding] = []
    for name, member in instance.members.items() if running else ():
        if member.subgraph.checks is None:
            continue
        try:
            told = await resolve(member.subgraph.checks)(member.base)
            found += [Finding(subject, said, bool(advice), advice) for subject, said, advice in told]
        except ClayError as error:
            found.append(Finding(name, error.message, True, f"Look into the log of {name} in CLAY_HOME."))
    return found


def keys(instance: Instance, running: bool) -> list[Finding]:
    """Whether the issuer's public keys can be fetched."""
    url = instance.settings.keys_url
    if not running:
        return [Finding("token keys", ASLEEP)]
    try:
        count = len(json.loads(fetch(url))["keys"])
    except (OSError, ValueError, KeyError) as error:
        return [Finding("token keys", f"not at {url}: {error}", True, "Look at CLAY_ISSUER and CLAY_JWKS_URL.")]
    return [Finding("token keys", f"{count} at {url}")]
