-- Copies of branches, made by one statement: it sees the branch as it was at one moment, so that nobody has to wait.

-- The id of a copied node: the first 48 bits are those of the copy's root, so that the entries of a copy lie close
-- together in the indexes; the others are an MD5 of both ids. UUID version 8 (RFC 9562).
CREATE FUNCTION copied_id(root uuid, origin uuid) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (left(replace(root::text, '-', ''), 12) || '8' || substr(md5(root::text || origin::text), 14, 3)
        || translate(substr(md5(root::text || origin::text), 17, 1), '0123456789abcdef', '89ab89ab89ab89ab')
        || substr(md5(root::text || origin::text), 18))::uuid;

-- Copies the branch of `source`, with the links that begin in it, to a place where nobody can see it: its root `copy`
-- has no parent yet, and its keys begin with `hidden`. Links within the branch lead to the copies.
CREATE FUNCTION clone_branch(
    in_structure uuid, source uuid, copy uuid, hidden text, by uuid, OUT nodes bigint, OUT fragments bigint[]
)
LANGUAGE sql AS $$
    WITH top AS MATERIALIZED (
        SELECT n.anchor_id AS anchor, n.okey, a.gpath || n.okey AS full_key
        FROM node n JOIN anchor a ON a.structure_id = n.structure_id AND a.id = n.anchor_id
        WHERE n.structure_id = in_structure AND n.id = source AND a.gpath < 'z/'
    ), parts AS MATERIALIZED (
        SELECT t.anchor, t.okey AS low, branch_end(t.okey) AS high, length(t.okey) AS strip, copy AS node,
               hidden || '/' AS gpath, nextval('anchor_ids') AS born
        FROM top t
        UNION ALL
        SELECT b.id, '', '~', 0, copied_id(copy, b.node_id), hidden || '/' || substr(b.gpath, length(t.full_key) + 1),
               nextval('anchor_ids')
        FROM top t JOIN anchor b ON b.structure_id = in_structure AND b.gpath > t.full_key
                                AND b.gpath < branch_end(t.full_key)
    ), copied AS (
        INSERT INTO node (structure_id, id, parent_id, pos, anchor_id, okey, kind, name, slug, properties,
                          created_by, updated_by)
        SELECT in_structure, CASE WHEN n.id = source THEN copy ELSE copied_id(copy, n.id) END,
               CASE WHEN n.id = source THEN NULL WHEN n.parent_id = source THEN copy
                    ELSE copied_id(copy, n.parent_id) END,
               CASE WHEN n.id = source THEN hidden ELSE n.pos END, p.born, substr(n.okey, p.strip + 1), n.kind, n.name,
               CASE WHEN n.id = source THEN copy::text ELSE n.slug END, n.properties, by, by
        FROM parts p JOIN node n ON n.structure_id = in_structure AND n.anchor_id = p.anchor
                                AND n.okey >= p.low COLLATE "C" AND n.okey < p.high COLLATE "C"
        RETURNING anchor_id, key_depth(okey) AS level
    ), counted AS MATERIALIZED (
        SELECT anchor_id, count(*) AS n, max(level) AS deep FROM copied GROUP BY anchor_id
    ), anchored AS (
        INSERT INTO anchor (structure_id, id, node_id, n, deep, gpath)
        SELECT in_structure, p.born, p.node, c.n, c.deep, p.gpath FROM parts p JOIN counted c ON c.anchor_id = p.born
    ), linked AS (
        INSERT INTO link (structure_id, id, kind, source_id, target_id, properties, created_by)
        SELECT in_structure, copied_id(copy, l.id), l.kind,
               CASE WHEN l.source_id = source THEN copy ELSE copied_id(copy, l.source_id) END,
               CASE WHEN l.target_id = source THEN copy WHEN inside THEN copied_id(copy, l.target_id)
                    ELSE l.target_id END, l.properties, by
        FROM top t, parts p
        JOIN node s ON s.structure_id = in_structure AND s.anchor_id = p.anchor
                   AND s.okey >= p.low COLLATE "C" AND s.okey < p.high COLLATE "C"
        JOIN link l ON l.structure_id = in_structure AND l.source_id = s.id
        JOIN node e ON e.structure_id = in_structure AND e.id = l.target_id
        JOIN anchor ea ON ea.structure_id = in_structure AND ea.id = e.anchor_id
        CROSS JOIN LATERAL (SELECT starts_with(ea.gpath || e.okey, t.full_key) AS inside) AS i
        WHERE ea.gpath < 'z/'
    )
    SELECT sum(n)::bigint, array_agg(anchor_id) FROM counted;
$$;
