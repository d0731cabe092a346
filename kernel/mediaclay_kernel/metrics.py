"""Numbers of a process for whoever watches it: plain counters, looked at only when somebody asks.

They are OpenTelemetry's instruments, shown at /metrics as Prometheus reads them. A counter of the SDK costs several
microseconds at each call, which is a good part of a quick read, so ours are attributes that an observer looks at.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from opentelemetry import metrics
from opentelemetry.metrics import CallbackOptions, Histogram, Observation

T = TypeVar("T")
Values = Iterable[tuple[float, Mapping[str, str]]]
"""Numbers with the attributes that tell them apart."""

MILLISECONDS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 60_000)

_meter = metrics.get_meter("mediaclay")


def counted(owner: T, name: str, values: Callable[[T], Values], *, unit: str = "1", description: str = "") -> None:
    """A number of `owner` that only grows, for as long as the owner lives."""
    _meter.create_observable_counter(name, [_observing(owner, values)], unit=unit, description=description)


def gauged(owner: T, name: str, values: Callable[[T], Values], *, unit: str = "1", description: str = "") -> None:
    """A number of `owner` as it is now."""
    _meter.create_observable_gauge(name, [_observing(owner, values)], unit=unit, description=description)


def timed(name: str, description: str) -> Histogram:
    """How long something takes, in milliseconds."""
    return _meter.create_histogram(
        name, unit="ms", description=description, explicit_bucket_boundaries_advisory=MILLISECONDS
    )


def show() -> tuple[bytes, str]:
    """All numbers of this process in the text format of Prometheus, and its media type."""
    from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

    return generate_latest(), CONTENT_TYPE_LATEST


def set_up() -> None:
    """Collects what is counted from now on. Without it all instruments do nothing."""
    from opentelemetry.exporter.prometheus import PrometheusMetricReader
    from opentelemetry.sdk.metrics import MeterProvider

    metrics.set_meter_provider(MeterProvider([PrometheusMetricReader(disable_target_info=True)]))


def _observing(owner: T, values: Callable[[T], Values]) -> Callable[[CallbackOptions], Iterable[Observation]]:
    seen = weakref.ref(owner)

    def observe(_: CallbackOptions) -> Iterable[Observation]:
        living = seen()
        return [] if living is None else [Observation(value, attributes) for value, attributes in values(living)]

    return observe
