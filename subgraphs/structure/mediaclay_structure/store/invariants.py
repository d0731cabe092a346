"""What must hold of a structure's tables, whatever was done to it: each rule with the rows that break it.

Each statement answers (id, note) of what breaks its rule, over a whole structure at a time. So one pass over a table
does for millions of nodes, and PostgreSQL spills to disk what would not fit in its memory.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Invariant:
    """A rule by its name, what is said where it does not hold, and the SELECT of (id, note) that finds what breaks it.

    `mended` rules are no errors: the next change nearby mends them. One that comes `after` others holds wherever
    those hold, so it is looked at only where they do not.
    """

    name: str
    broken: str
    sql: str
    mended: bool = False
    after: tuple[str, ...] = ()


PARENTS = Invariant("parents", "The parent of a node is missing.", """
    SELECT n.id, 'its parent ' || n.parent_id || ' is not in the structure' AS note FROM node n
    WHERE n.structure_id = CAST(:structure AS uuid) AND n.parent_id IS NOT NULL
      AND NOT EXISTS (SELECT FROM node p WHERE p.structure_id = n.structure_id AND p.id = n.parent_id)
""")  # fmt: skip

ROOTS = Invariant("roots", "A structure has one root and one trash, and no other node without a parent.", """
    SELECT n.id, 'it has no parent, and is neither the root nor the trash' AS note
    FROM node n JOIN structure s ON s.id = n.structure_id
    WHERE n.structure_id = CAST(:structure AS uuid) AND n.parent_id IS NULL
      AND n.id IS DISTINCT FROM s.root_id AND n.id IS DISTINCT FROM s.trash_id
    UNION ALL
    SELECT w.id, CASE WHEN n.id IS NULL THEN 'the ' || w.what || ' is not there'
                      WHEN n.parent_id IS NOT NULL THEN 'the ' || w.what || ' has a parent'
                      WHEN n.slug <> w.slug THEN 'the slug of the ' || w.what || ' is not ' || w.slug
                      ELSE 'the ' || w.what || ' has no pinned anchor at ' || w.gpath END
    FROM structure s
    CROSS JOIN LATERAL (VALUES (s.root_id, 'root', 'A/', s.slug), (s.trash_id, 'trash', 'z/', 'trash'))
         AS w (id, what, gpath, slug)
    LEFT JOIN node n ON n.structure_id = s.id AND n.id = w.id
    LEFT JOIN anchor a ON a.structure_id = s.id AND a.node_id = w.id AND a.pinned AND a.gpath = w.gpath
    WHERE s.id = CAST(:structure AS uuid)
      AND (n.id IS NULL OR n.parent_id IS NOT NULL OR n.slug <> w.slug OR a.id IS NULL)
""")  # fmt: skip

LABELS = Invariant("labels", "The key of a node is not its parent's with its own place behind.", """
    SELECT n.id, format('its key is %s in fragment %s, its parent''s %s in %s, its place %s',
                        n.okey, n.anchor_id, p.okey, p.anchor_id, n.pos) AS note
    FROM node n JOIN node p ON p.structure_id = n.structure_id AND p.id = n.parent_id
    WHERE n.structure_id = CAST(:structure AS uuid) AND n.okey <> ''
      AND (n.anchor_id <> p.anchor_id OR n.okey <> p.okey || n.pos || '/')
    UNION ALL
    SELECT n.id, 'it has no parent, and is no anchor' FROM node n
    WHERE n.structure_id = CAST(:structure AS uuid) AND n.parent_id IS NULL AND n.okey <> ''
""")  # fmt: skip

ANCHORS = Invariant("anchors", "A fragment and its anchor do not fit together.", """
    SELECT n.id, CASE WHEN a.id IS NULL THEN format('its anchor %s is not there', n.anchor_id)
                      ELSE format('it has the empty key of fragment %s, whose anchor is another', a.id) END AS note
    FROM node n LEFT JOIN anchor a ON a.structure_id = n.structure_id AND a.id = n.anchor_id
    WHERE n.structure_id = CAST(:structure AS uuid) AND (a.id IS NULL OR n.okey = '' AND a.node_id <> n.id)
    UNION ALL
    SELECT a.node_id, CASE WHEN n.id IS NULL THEN format('anchor %s is of this node, which is not there', a.id)
                           ELSE format('anchor %s is of this node, whose key is %s in %s', a.id, n.okey, n.anchor_id) END
    FROM anchor a LEFT JOIN node n ON n.structure_id = a.structure_id AND n.id = a.node_id
    WHERE a.structure_id = CAST(:structure AS uuid) AND (n.id IS NULL OR n.okey <> '' OR n.anchor_id <> a.id)
""")  # fmt: skip

PATHS = Invariant("paths", "The path of an anchor is not its parent's with its own place behind.", """
    SELECT a.node_id AS id, format('anchor %s has the path %s, its place is %s', a.id, a.gpath,
                                   coalesce(u.gpath || p.okey, '') || n.pos || '/') AS note
    FROM anchor a JOIN node n ON n.structure_id = a.structure_id AND n.id = a.node_id
    LEFT JOIN node p ON p.structure_id = n.structure_id AND p.id = n.parent_id
    LEFT JOIN anchor u ON u.structure_id = p.structure_id AND u.id = p.anchor_id
    WHERE a.structure_id = CAST(:structure AS uuid)
      AND (n.parent_id IS NULL OR u.id IS NOT NULL) AND a.gpath <> coalesce(u.gpath || p.okey, '') || n.pos || '/'
""")  # fmt: skip

# A key is longer than that of its parent, so whoever follows keys that fit arrives at a root: no cycle has such keys.
CYCLES = Invariant("cycles", "A node lies below itself.", """
    WITH RECURSIVE reached AS (
        SELECT n.id FROM node n
        WHERE n.structure_id = CAST(:structure AS uuid)
          AND (n.parent_id IS NULL OR NOT EXISTS (
               SELECT FROM node p WHERE p.structure_id = n.structure_id AND p.id = n.parent_id))
        UNION ALL
        SELECT n.id FROM reached r JOIN node n ON n.structure_id = CAST(:structure AS uuid) AND n.parent_id = r.id
    )
    SELECT n.id, 'it lies on a cycle, or below one' AS note FROM node n
    WHERE n.structure_id = CAST(:structure AS uuid) AND NOT EXISTS (SELECT FROM reached r WHERE r.id = n.id)
""", after=("labels", "paths"))  # fmt: skip

COUNTS = Invariant("counts", "A fragment is counted wrongly.", """
    SELECT a.node_id AS id, format('fragment %s counts %s nodes and holds %s', a.id, a.n, coalesce(f.n, 0)) AS note
    FROM anchor a LEFT JOIN (
        SELECT n.anchor_id, count(*) AS n FROM node n WHERE n.structure_id = CAST(:structure AS uuid) GROUP BY 1
    ) f ON f.anchor_id = a.id
    WHERE a.structure_id = CAST(:structure AS uuid) AND a.n <> coalesce(f.n, 0)
""")  # fmt: skip

DEEP = Invariant("deep", "A fragment has more levels than its anchor remembers.", """
    SELECT a.node_id AS id, format('fragment %s has %s levels and remembers %s', a.id, f.deep, a.deep) AS note
    FROM anchor a JOIN (
        SELECT n.anchor_id, max(key_depth(n.okey)) AS deep FROM node n
        WHERE n.structure_id = CAST(:structure AS uuid) GROUP BY 1
    ) f ON f.anchor_id = a.id
    WHERE a.structure_id = CAST(:structure AS uuid) AND f.deep > a.deep
""")  # fmt: skip

DEPTH = Invariant("depth", "A node lies deeper than 512 levels below its root.", """
    SELECT n.id, format('it lies %s levels below its root', key_depth(a.gpath) + key_depth(n.okey) - 1) AS note
    FROM anchor a JOIN node n ON n.structure_id = a.structure_id AND n.anchor_id = a.id
    WHERE a.structure_id = CAST(:structure AS uuid) AND key_depth(a.gpath) + a.deep - 1 > 512
      AND key_depth(a.gpath) + key_depth(n.okey) - 1 > 512
""")  # fmt: skip

POSITIONS = Invariant("positions", "The place of a node among its siblings is no legal key, or not its alone.", """
    SELECT n.id, format('its place %s is no legal key', n.pos) AS note FROM node n
    WHERE n.structure_id = CAST(:structure AS uuid) AND n.pos !~ '^[0-9A-Za-z]*[1-9A-Za-z]$'
    UNION ALL
    SELECT n.id, format('a sibling has the place %s, too', n.pos)
    FROM node n JOIN (
        SELECT n.parent_id, n.pos FROM node n
        WHERE n.structure_id = CAST(:structure AS uuid) AND n.parent_id IS NOT NULL
        GROUP BY n.parent_id, n.pos HAVING count(*) > 1
    ) AS twice ON twice.parent_id = n.parent_id AND twice.pos = n.pos
    WHERE n.structure_id = CAST(:structure AS uuid)
""")  # fmt: skip

SLUGS = Invariant("slugs", "The slug of a node is no segment of a path, or a sibling has it, too.", """
    SELECT n.id, format('its slug %s is no segment of a path', to_json(n.slug)) AS note FROM node n
    WHERE n.structure_id = CAST(:structure AS uuid)
      AND (n.slug IN ('', '.', '..') OR n.slug ~ '[/[:cntrl:]]' OR n.slug <> btrim(n.slug) OR char_length(n.slug) > 255)
    UNION ALL
    SELECT n.id, format('a sibling has the slug %s, too', to_json(n.slug))
    FROM node n JOIN (
        SELECT n.parent_id, n.slug FROM node n
        WHERE n.structure_id = CAST(:structure AS uuid) AND n.parent_id IS NOT NULL
        GROUP BY n.parent_id, n.slug HAVING count(*) > 1
    ) AS twice ON twice.parent_id = n.parent_id AND twice.slug = n.slug
    WHERE n.structure_id = CAST(:structure AS uuid)
""")  # fmt: skip

LINKS = Invariant("links", "A link leads from or to nowhere in its structure, or is there twice.", """
    SELECT l.id, format('link %s from %s to %s: the %s is not in the structure', l.kind, l.source_id, l.target_id,
                        CASE WHEN s.id IS NULL THEN 'source' ELSE 'target' END) AS note
    FROM link l
    LEFT JOIN node s ON s.structure_id = l.structure_id AND s.id = l.source_id
    LEFT JOIN node t ON t.structure_id = l.structure_id AND t.id = l.target_id
    WHERE l.structure_id = CAST(:structure AS uuid) AND (s.id IS NULL OR t.id IS NULL)
    UNION ALL
    SELECT l.id, format('link %s from %s to %s is there twice', l.kind, l.source_id, l.target_id)
    FROM link l JOIN (
        SELECT l.source_id, l.kind, l.target_id FROM link l WHERE l.structure_id = CAST(:structure AS uuid)
        GROUP BY l.source_id, l.kind, l.target_id HAVING count(*) > 1
    ) AS twice USING (source_id, kind, target_id)
    WHERE l.structure_id = CAST(:structure AS uuid)
""")  # fmt: skip

PRUNED = Invariant("pruned", "What is known of pruned branches differs from what lies in the trash.", """
    SELECT p.node_id AS id, 'it is known as pruned, but does not lie in the trash' AS note
    FROM pruned p JOIN structure s ON s.id = p.structure_id
    LEFT JOIN node n ON n.structure_id = p.structure_id AND n.id = p.node_id AND n.parent_id = s.trash_id
    WHERE p.structure_id = CAST(:structure AS uuid) AND p.purged_at IS NULL AND n.id IS NULL
    UNION ALL
    SELECT p.node_id, 'it is known as purged, but is there' FROM pruned p
    JOIN node n ON n.structure_id = p.structure_id AND n.id = p.node_id
    WHERE p.structure_id = CAST(:structure AS uuid) AND p.purged_at IS NOT NULL
    UNION ALL
    SELECT n.id, 'it lies in the trash, but nothing says where it was'
    FROM structure s JOIN node n ON n.structure_id = s.id AND n.parent_id = s.trash_id
    WHERE s.id = CAST(:structure AS uuid)
      AND NOT EXISTS (SELECT FROM pruned p WHERE p.structure_id = n.structure_id AND p.node_id = n.id)
""")  # fmt: skip

CHILDREN = Invariant("children", "The kind of a node is none that its parent's kind allows.", """
    SELECT n.id, format('its parent''s kind %s allows no children of kind %s', p.kind, n.kind) AS note
    FROM kind k
    JOIN node p ON p.structure_id = k.structure_id AND p.kind = k.name
    JOIN node n ON n.structure_id = p.structure_id AND n.parent_id = p.id
    JOIN anchor a ON a.structure_id = n.structure_id AND a.id = n.anchor_id
    WHERE k.structure_id = CAST(:structure AS uuid) AND NOT n.kind = ANY(k.allowed_children) AND a.gpath < 'z/'
""")  # fmt: skip

CHANGELOG = Invariant("changelog", "The revisions have a gap, or do not end where the structure says.", """
    SELECT CAST(NULL AS uuid) AS id, format('the revisions from %s to %s are missing', c.before + 1, c.revision - 1) AS note
    FROM (SELECT revision, lag(revision, 1, CAST(0 AS bigint)) OVER (ORDER BY revision) AS before
          FROM changelog WHERE stream = CAST(:structure AS uuid)) AS c
    WHERE c.revision <> c.before + 1
    UNION ALL
    SELECT NULL, format('the latest change is %s, and the structure is at revision %s', e.revision, h.revision)
    FROM (SELECT coalesce(max(revision), 0) AS revision FROM changelog WHERE stream = CAST(:structure AS uuid)) AS e
    LEFT JOIN changelog_head h ON h.stream = CAST(:structure AS uuid)
    WHERE h.revision IS DISTINCT FROM e.revision
""")  # fmt: skip

CROWDED = Invariant("crowded", "A fragment is crowded; the next change nearby splits it.", """
    SELECT n.id, format('its branch has %s nodes of fragment %s', f.n, f.anchor_id) AS note
    FROM (SELECT n.structure_id, n.anchor_id, split_part(n.okey, '/', 1) AS top, count(*) AS n
          FROM structure s JOIN anchor a ON a.structure_id = s.id AND a.n > 2 * s.bound
          JOIN node n ON n.structure_id = a.structure_id AND n.anchor_id = a.id
          WHERE s.id = CAST(:structure AS uuid) AND n.okey <> '' GROUP BY 1, 2, 3) AS f
    JOIN structure s ON s.id = f.structure_id AND f.n > 2 * s.bound
    LEFT JOIN node n ON n.structure_id = f.structure_id AND n.anchor_id = f.anchor_id AND n.okey = f.top || '/'
""", mended=True)  # fmt: skip

SMALL = Invariant("small", "A fragment is too small; the next change nearby merges it.", """
    SELECT a.node_id AS id, format('fragment %s has %s nodes', a.id, a.n) AS note
    FROM anchor a JOIN structure s ON s.id = a.structure_id
    WHERE a.structure_id = CAST(:structure AS uuid) AND NOT a.pinned AND a.n < greatest(s.bound / 8, 2)
""", mended=True)  # fmt: skip

INVARIANTS = (
    PARENTS, ROOTS, LABELS, ANCHORS, PATHS, CYCLES, COUNTS, DEEP, DEPTH, POSITIONS, SLUGS, LINKS, PRUNED, CHILDREN,
    CHANGELOG, CROWDED, SMALL,
)  # fmt: skip
