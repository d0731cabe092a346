"""Meaning: exact neighbours in large branches."""

from __future__ import annotations

from random import Random
from statistics import median
from time import perf_counter

from mediaclay_search.embedders import static
from mediaclay_search.numbers import np
from mediaclay_search.records import Part
from mediaclay_search.vectors import Matrix, Place

from benchmarks.rows import Row, amount, seconds
from benchmarks.search.world import STRUCTURE, World

PAGE, ASKED = 10, 40


def matrix_of(world: World) -> tuple[Matrix, float]:
    """The vectors of all nodes, and the seconds that it took to make them."""
    began = perf_counter()
    embedder = static.installed()
    documents = [node.document for node in world.nodes]
    rows = np.concatenate(
        [embedder.encode([d.meaning for d in documents[at : at + 4096]]) for at in range(0, len(documents), 4096)]
    )
    took = perf_counter() - began
    matrix = Matrix(embedder.dimensions)
    places = (Place(d.id, STRUCTURE, d.anchor, d.okey) for d in documents)
    matrix.load(zip(places, rows.astype(np.float16), strict=True))
    return matrix, took


def neighbours(world: World, matrix: Matrix) -> list[Row]:
    """Time and recall of the nearest ten in a branch of about 50,000, against all products in 64 bits."""
    inside = sorted(world.anchors, key=int)
    count, chosen = 0, list[str]()
    sizes: dict[str, int] = {}
    for node in world.nodes:
        sizes[node.document.anchor] = sizes.get(node.document.anchor, 0) + 1
    for anchor in inside:
        if count < 50_000:
            chosen.append(anchor)
            count += sizes.get(anchor, 0)
    scope = (Part(STRUCTURE, tuple(chosen)),)
    members = [n.document.id for n in world.nodes if n.document.anchor in set(chosen)]
    table = np.array([matrix.get(id_) for id_ in members], np.float32)
    precise, places = table.astype(np.float64), {id_: at for at, id_ in enumerate(members)}
    random, taken, plain, right = Random(5), list[float](), list[float](), 0
    for _ in range(ASKED):
        row = matrix.get(random.choice(members))
        assert row is not None
        began = perf_counter()
        near = matrix.nearest(row, scope, PAGE)
        taken.append(perf_counter() - began)
        began = perf_counter()
        _ = np.argpartition(table @ row, len(table) - PAGE)[-PAGE:]
        plain.append(perf_counter() - began)
        products = precise @ row.astype(np.float64)
        edge = np.sort(products)[-PAGE]
        right += sum(products[places[each.id]] >= edge for each in near)
    recall, time = right / ASKED / PAGE, median(taken)
    peer = median(plain)
    return [
        Row(f"exact neighbours among {count:,}", seconds(time), seconds(peer), f"{peer / time:.1f} x",
            "recall 1.0, <= 10 ms", recall == 1 and time <= 0.01,
            f"recall {recall:.3f} of a scan in 64 bits; the peer is numpy's product and partition in 32 bits"),
        Row("vectors in memory", amount(matrix.bytes), note=f"{len(matrix):,} of {matrix.dimensions} numbers"),
    ]  # fmt: skip
