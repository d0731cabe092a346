"""`clay doctor`."""

from __future__ import annotations

from typing import Annotated

import typer


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False) -> None:
    """Check versions, ports, servers, migrations, composition and token keys; say what to do about each problem.

    Works beside a running `clay up` and without one: what only a running instance can answer is then left out.
    Changes nothing. Exit code 1: at least one problem.
    """
    import asyncio
    import json
    from dataclasses import asdict

    from mediaclay import instance
    from mediaclay.checks import examine

    findings = asyncio.run(examine(instance.read()))
    healthy = not any(finding.problem for finding in findings)
    if as_json:
        typer.echo(json.dumps({"healthy": healthy, "findings": [asdict(finding) for finding in findings]}))
    else:
        for finding in findings:
            mark = typer.style("problem", fg="red") if finding.problem else typer.style("ok     ", fg="green")
            typer.echo(
                f"{mark}  {finding.subject}: {finding.found}"
                + (f"\n         {finding.advice}" if finding.advice else "")
            )
    raise typer.Exit(0 if healthy else 1)
