"""The sun over every node that has a station: an example of a third-party subgraph. Importing this does no I/O."""

from mediaclay_kernel.subgraph import Subgraph

subgraph = Subgraph(
    name="weather",
    description="When the sun rises and sets at a node's place on Earth.",
    port=4004,
    schema="clay_weather.schema:schema",
    running="clay_weather.service:running",
    settings="clay_weather.settings:WeatherSettings",
    migrations="clay_weather.migrations",
)
