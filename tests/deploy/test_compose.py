"""docker-compose.yml is the production shape: closed to the outside, started in order, with the settings of `clay up`."""

from __future__ import annotations

import re

import pytest
import yaml
from mediaclay_kernel.settings import Settings, names
from mediaclay_kernel.subgraph import discover

VARIABLE = re.compile(r"\$\{(\w+)(:?[-?][^}]*)?\}")
SUBGRAPHS = {"structure", "search", "identity"}
ONE_SHOT = {"migrate", "compose"}
SERVERS = {"postgres", "valkey", "meilisearch"}


def variables(node):
    """Each ${NAME} of a document with its default (":-x"), its demand (":?x") or nothing."""
    return {(name, rest) for name, rest in VARIABLE.findall(yaml.safe_dump(node, width=10_000))}


def test_all_parts_of_an_instance_are_there(services):
    assert set(services) == SUBGRAPHS | ONE_SHOT | SERVERS | {"router"}


def test_every_subgraph_of_this_checkout_is_served(root, services):
    assert {folder.parent.name for folder in (root / "subgraphs").glob("*/pyproject.toml")} == SUBGRAPHS
    assert {name: services[name]["command"] for name in SUBGRAPHS} == {name: ["serve", name] for name in SUBGRAPHS}


def test_only_the_router_is_published_and_only_to_this_machine(services):
    assert {name for name, service in services.items() if "ports" in service} == {"router"}
    assert services["router"]["ports"] == ["127.0.0.1:${ROUTER_PORT:-4000}:4000"]
    assert not any(service.get("network_mode") for service in services.values())


def test_the_servers_with_data_are_on_a_network_without_a_way_out(compose, services):
    assert compose["networks"]["data"]["internal"] is True
    assert {name for name, service in services.items() if service["networks"] == ["data"]} == SERVERS
    assert "data" not in services["router"]["networks"]


def test_what_is_waited_for_can_come_true(services):
    """Healthy needs a health check, completed needs an end, and migrate has the one of its image."""
    waited = [
        (name, other, how["condition"])
        for name, s in services.items()
        for other, how in s.get("depends_on", {}).items()
    ]
    for name, other, condition in waited:
        if condition == "service_completed_successfully":
            assert services[other]["restart"] == "no", (name, other)
        else:
            assert condition == "service_healthy", (name, other)
            assert services[other]["healthcheck"]["test"], (name, other)
    assert {other for _, other, _ in waited} == set(services) - {"router"}


def test_the_start_has_an_order(services):
    """Each service after all that it waits for; a circle would never start."""
    started: list[str] = []
    left = {name: set(service.get("depends_on", {})) for name, service in services.items()}
    while left:
        ready = sorted(name for name, others in left.items() if others <= set(started))
        assert ready, f"these wait for each other: {sorted(left)}"
        started += ready
        left = {name: others for name, others in left.items() if name not in ready}
    order = {name: place for place, name in enumerate(started)}
    assert order["postgres"] < order["migrate"] < min(order[name] for name in SUBGRAPHS)
    assert max(order[name] for name in SUBGRAPHS) < order["compose"] < order["router"]


def test_everything_that_runs_on_comes_back_after_a_crash(services):
    assert {name for name, s in services.items() if s["restart"] == "unless-stopped"} == set(services) - ONE_SHOT


def test_every_setting_of_a_container_is_one_that_it_reads(root, services):
    known = set(names(Settings))
    for subgraph in discover().values():
        known |= set(names(subgraph.settings_class()))
    image = re.findall(r"(CLAY_\w+)=", (root / "deploy/images/Dockerfile").read_text())
    given = {name for s in SUBGRAPHS | {"migrate"} for name in services[s]["environment"] if name.startswith("CLAY_")}
    assert len(given) > 5
    assert sorted((given | set(image)) - known) == []


def test_every_setting_of_the_router_is_one_that_its_configuration_reads(root, services):
    configured = (root / "router/hive-router.yaml").read_text()
    given = {name: value for name, value in services["router"]["environment"].items() if name.startswith("CLAY_")}
    assert sorted(set(given) - set(re.findall(r"from_env: (\w+)", configured))) == []
    shared = {name: value for name, value in services["structure"]["environment"].items() if name in given}
    assert set(shared) == {"CLAY_ISSUER", "CLAY_JWKS_URL", "CLAY_AUDIENCE"}
    assert shared.items() <= given.items()


def test_a_file_is_read_where_it_is_mounted(services):
    places = {s: {v.split(":")[1] for v in services[s]["volumes"]} for s in ("compose", "router")}
    router = services["router"]["environment"]
    assert router["ROUTER_CONFIG_FILE_PATH"] in places["router"]
    assert services["compose"]["command"][-1] == router["CLAY_SUPERGRAPH"]
    assert router["CLAY_SUPERGRAPH"].rpartition("/")[0] in places["router"] & places["compose"]
    assert services["compose"]["command"][2] in places["compose"]


def test_no_secret_has_a_default_and_each_is_demanded(services):
    demanded = {name for name, rest in variables(services) if rest.startswith(":?")}
    defaulted = {name for name, rest in variables(services) if rest.startswith((":-", "-"))}
    plain = {name for name, rest in variables(services) if not rest}
    assert demanded == {"POSTGRES_PASSWORD", "VALKEY_PASSWORD", "MEILI_MASTER_KEY", "CLAY_SERVICE_SECRET"}
    assert not demanded & defaulted
    assert plain <= demanded


def test_no_secret_is_written_down(services):
    """Whatever is named like a secret takes its value from outside, and so does every password in an address."""
    for name, service in services.items():
        for key, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|KEY|AUTH$", key):
                assert VARIABLE.fullmatch(value), (name, key)
            for password in re.findall(r"://[^/@:]*:([^/@]*)@", str(value)):
                assert VARIABLE.fullmatch(password), (name, key)


def test_the_example_lists_every_variable_and_leaves_the_secrets_empty(root, compose):
    lines = (root / "deploy/compose.env.example").read_text().splitlines()
    example = dict(line.split("=", 1) for line in lines if re.match("#?[A-Z_]+=", line))
    expected = {}
    for name, rest in variables({"services": compose["services"]}):
        if rest.startswith(":?"):
            expected[name] = ""
        elif rest.startswith(":-"):
            expected[f"#{name}"] = rest.removeprefix(":-")
    assert example == expected


def test_each_service_gets_only_the_secrets_that_it_needs(services):
    secrets = {"POSTGRES_PASSWORD", "VALKEY_PASSWORD", "MEILI_MASTER_KEY", "CLAY_SERVICE_SECRET"}
    given = {name: secrets & {variable for variable, _ in variables(service)} for name, service in services.items()}
    assert given == {
        "postgres": {"POSTGRES_PASSWORD"},
        "valkey": {"VALKEY_PASSWORD"},
        "meilisearch": {"MEILI_MASTER_KEY"},
        "migrate": {"POSTGRES_PASSWORD"},
        "identity": {"POSTGRES_PASSWORD", "VALKEY_PASSWORD", "CLAY_SERVICE_SECRET"},
        "structure": {"POSTGRES_PASSWORD", "VALKEY_PASSWORD", "CLAY_SERVICE_SECRET"},
        "search": {"VALKEY_PASSWORD", "MEILI_MASTER_KEY", "CLAY_SERVICE_SECRET"},
        "compose": set(),
        "router": set(),
    }


def test_our_own_containers_can_do_little(services):
    for name in SUBGRAPHS | ONE_SHOT | {"router"}:
        service = services[name]
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name


def test_every_image_has_a_version_and_every_volume_a_declaration(compose, services):
    for name, service in services.items():
        assert re.search(r":(v?\d|\$\{MEDIACLAY_VERSION:-\d)", service["image"]), name
    mounted = [volume.split(":")[0] for service in services.values() for volume in service.get("volumes", [])]
    assert {volume for volume in mounted if not volume.startswith(".")} == set(compose["volumes"])


@pytest.mark.parametrize("name", ["compose", "router"])
def test_the_files_that_are_mounted_exist(root, services, name):
    """Docker would make an empty folder of one that does not."""
    mounted = [volume.split(":")[0] for volume in services[name]["volumes"] if volume.startswith("./")]
    assert mounted
    assert [file for file in mounted if not (root / file).is_file()] == []


def test_composition_asks_each_subgraph_where_it_is_served(root, services):
    subgraphs = yaml.safe_load((root / "deploy/supergraph.yaml").read_text())["subgraphs"]
    ports = {name: subgraph.port for name, subgraph in discover().items()}
    urls = {name: f"http://{name}:{ports[name]}/graphql" for name in SUBGRAPHS}
    assert subgraphs == {n: {"routing_url": u, "schema": {"subgraph_url": u}} for n, u in urls.items()}
