-- The operations on the anchored tree that touch many rows. Each is called under the structure's lock, taken by a
-- statement of its own before it: under READ COMMITTED a statement sees only what was committed when it began.
--
-- A key is a run of sibling keys, each followed by '/'. full key = anchor.gpath || node.okey; document order is the
-- order of the full keys; the branch below a key is the range from it to branch_end(key).

CREATE FUNCTION branch_end(key text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN key = '' THEN '~' ELSE left(key, -1) || '0' END;  -- '0' follows '/', and '~' every key

CREATE FUNCTION key_depth(key text) RETURNS int
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN length(key) - length(replace(key, '/', ''));

-- How many nodes of a fragment lie in the branch below a key; stops counting at `most`.
CREATE FUNCTION fragment_count(in_structure uuid, in_anchor bigint, below text, most bigint) RETURNS bigint
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT count(*) FROM (
        SELECT FROM node n
        WHERE n.structure_id = in_structure AND n.anchor_id = in_anchor
          AND n.okey >= below AND n.okey < branch_end(below)
        LIMIT most
    ) AS counted;
END;

-- The number of nodes below each node: its own fragment's range, and the whole of the fragments beneath.
CREATE FUNCTION branch_count(in_structure uuid, of_node uuid) RETURNS bigint
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT CASE WHEN t.okey = '' THEN a.n
                ELSE fragment_count(in_structure, t.anchor_id, t.okey, 9223372036854775807) END
         + coalesce((SELECT sum(b.n) FROM anchor b
                     WHERE b.structure_id = in_structure AND b.gpath > a.gpath || t.okey
                       AND b.gpath < branch_end(a.gpath || t.okey)), 0) - 1
    FROM node t JOIN anchor a ON a.structure_id = t.structure_id AND a.id = t.anchor_id
    WHERE t.structure_id = in_structure AND t.id = of_node;
END;

-- The branch below `below` in a fragment becomes a fragment of its own. Answers the nodes it relabelled.
CREATE FUNCTION promote(in_structure uuid, in_anchor bigint, below text) RETURNS uuid[]
LANGUAGE plpgsql AS $$
DECLARE
    born   bigint := nextval('anchor_ids');
    ids    uuid[];
    levels int;
BEGIN
    INSERT INTO anchor (structure_id, id, node_id, n, gpath)
    SELECT in_structure, born, n.id, 0, a.gpath || below
    FROM node n JOIN anchor a ON a.structure_id = n.structure_id AND a.id = n.anchor_id
    WHERE n.structure_id = in_structure AND n.anchor_id = in_anchor AND n.okey = below;

    WITH relabelled AS (
        UPDATE node SET anchor_id = born, okey = substr(okey, length(below) + 1)
        WHERE structure_id = in_structure AND anchor_id = in_anchor AND okey >= below AND okey < branch_end(below)
        RETURNING id, key_depth(okey) AS level
    )
    SELECT array_agg(id), max(level) INTO ids, levels FROM relabelled;

    UPDATE anchor SET n = CASE WHEN id = born THEN cardinality(ids) ELSE n - cardinality(ids) END,
                      deep = CASE WHEN id = born THEN levels ELSE deep END
    WHERE structure_id = in_structure AND id IN (in_anchor, born);
    RETURN ids;
END $$;

-- Keeps the bound of a fragment around the key `near`: splits while the branch of its first segment is above 1.5 K,
-- and merges a fragment below K/8 into the one above, where it goes on. It only ever climbs, so it ends.
CREATE FUNCTION settle(in_structure uuid, in_anchor bigint, near text) RETURNS uuid[]
LANGUAGE plpgsql AS $$
DECLARE
    k       int;
    most    int;
    least   int;
    top     text;
    heavy   text;
    small   anchor%ROWTYPE;
    above   record;
    ids     uuid[];
    levels  int;
    touched uuid[] := '{}';
BEGIN
    SELECT bound INTO STRICT k FROM structure WHERE id = in_structure;
    most := k + k / 2;
    least := greatest(k / 8, 2);
    LOOP
        IF near <> '' THEN
            top := split_part(near, '/', 1) || '/';
            IF fragment_count(in_structure, in_anchor, top, most + 1) > most THEN
                -- The last node in document order that still has more than K/2 nodes in its branch.
                SELECT okey INTO STRICT heavy FROM (
                    SELECT okey, lead(okey, k / 2) OVER (ORDER BY okey) AS further FROM node
                    WHERE structure_id = in_structure AND anchor_id = in_anchor
                      AND okey >= top AND okey < branch_end(top)
                ) AS keys WHERE starts_with(further, okey) ORDER BY okey DESC LIMIT 1;
                touched := touched || promote(in_structure, in_anchor, heavy);
                CONTINUE;
            END IF;
        END IF;

        SELECT * INTO small FROM anchor WHERE structure_id = in_structure AND id = in_anchor;
        EXIT WHEN small.id IS NULL OR small.pinned OR small.n >= least;
        SELECT p.anchor_id AS id, p.okey || n.pos || '/' AS okey INTO STRICT above
        FROM node n JOIN node p ON p.structure_id = n.structure_id AND p.id = n.parent_id
        WHERE n.structure_id = in_structure AND n.id = small.node_id;

        WITH relabelled AS (
            UPDATE node SET anchor_id = above.id, okey = above.okey || okey
            WHERE structure_id = in_structure AND anchor_id = in_anchor
            RETURNING id, key_depth(okey) AS level
        )
        SELECT array_agg(id), max(level) INTO ids, levels FROM relabelled;
        DELETE FROM anchor WHERE structure_id = in_structure AND id = in_anchor;
        UPDATE anchor SET n = n + cardinality(ids), deep = greatest(deep, levels)
        WHERE structure_id = in_structure AND id = above.id;
        touched := touched || ids;
        in_anchor := above.id;
        near := above.okey;
    END LOOP;
    RETURN touched;
END $$;

-- Moves the branch of a node under another parent, at `new_pos` there. Answers the nodes it relabelled, beside the
-- moved one; whatever the size of the branch, those are at most about 2 K.
CREATE FUNCTION move_branch(in_structure uuid, moved uuid, new_parent uuid, new_pos text) RETURNS uuid[]
LANGUAGE plpgsql AS $$
DECLARE
    k      int;
    x      record;
    p      record;
    inside bigint := 0;
    there  bigint;
    top    text;
    target bigint;
    prefix text;
    fresh  bool := false;
    ids    uuid[];
    levels int;
    more   uuid[] := '{}';
BEGIN
    SELECT bound INTO STRICT k FROM structure WHERE id = in_structure;
    SELECT n.anchor_id AS anchor, n.okey, a.gpath || n.okey AS full_key INTO STRICT x
    FROM node n JOIN anchor a ON a.structure_id = n.structure_id AND a.id = n.anchor_id
    WHERE n.structure_id = in_structure AND n.id = moved;
    SELECT n.anchor_id AS anchor, n.okey, a.gpath || n.okey AS full_key INTO STRICT p
    FROM node n JOIN anchor a ON a.structure_id = n.structure_id AND a.id = n.anchor_id
    WHERE n.structure_id = in_structure AND n.id = new_parent;
    IF starts_with(p.full_key, x.full_key) THEN
        RAISE EXCEPTION 'a branch can''t be moved into itself' USING errcode = 'check_violation';
    END IF;

    -- Of an anchor nothing is relabelled but the paths of the anchors beneath.
    IF x.okey = '' THEN
        UPDATE node SET parent_id = new_parent, pos = new_pos WHERE structure_id = in_structure AND id = moved;
        UPDATE anchor SET gpath = p.full_key || new_pos || '/' || substr(gpath, length(x.full_key) + 1)
        WHERE structure_id = in_structure AND gpath >= x.full_key AND gpath < branch_end(x.full_key);
        RETURN '{}';
    END IF;

    -- A branch that would crowd the target's fragment becomes a fragment of its own, at no further rows.
    inside := fragment_count(in_structure, x.anchor, x.okey, 9223372036854775807);
    IF p.okey = '' THEN
        fresh := inside > k + k / 2;
    ELSE
        top := split_part(p.okey, '/', 1) || '/';
        there := fragment_count(in_structure, p.anchor, top, 9223372036854775807);
        IF p.anchor = x.anchor AND starts_with(x.okey, top) THEN
            there := there - inside;
        END IF;
        fresh := there + inside > k + k / 2 AND inside >= greatest(k / 4, 2);
    END IF;
    target := CASE WHEN fresh THEN nextval('anchor_ids') ELSE p.anchor END;
    prefix := CASE WHEN fresh THEN '' ELSE p.okey || new_pos || '/' END;

    WITH relabelled AS (
        UPDATE node SET anchor_id = target, okey = prefix || substr(okey, length(x.okey) + 1),
                        parent_id = CASE WHEN id = moved THEN new_parent ELSE parent_id END,
                        pos = CASE WHEN id = moved THEN new_pos ELSE pos END
        WHERE structure_id = in_structure AND anchor_id = x.anchor
          AND okey >= x.okey AND okey < branch_end(x.okey)
        RETURNING id, key_depth(okey) AS level
    )
    SELECT array_agg(id), max(level) INTO ids, levels FROM relabelled;
    UPDATE anchor SET gpath = p.full_key || new_pos || '/' || substr(gpath, length(x.full_key) + 1)
    WHERE structure_id = in_structure AND gpath > x.full_key AND gpath < branch_end(x.full_key);

    IF fresh THEN
        INSERT INTO anchor (structure_id, id, node_id, n, deep, gpath)
        VALUES (in_structure, target, moved, inside, levels, p.full_key || new_pos || '/');
        UPDATE anchor SET n = n - inside WHERE structure_id = in_structure AND id = x.anchor;
    ELSE
        UPDATE anchor SET n = n + CASE WHEN x.anchor = p.anchor THEN 0 WHEN id = p.anchor THEN inside ELSE -inside END,
                          deep = CASE WHEN id = p.anchor THEN greatest(deep, levels) ELSE deep END
        WHERE structure_id = in_structure AND id IN (x.anchor, p.anchor);
        IF p.okey <> '' THEN
            more := settle(in_structure, p.anchor, p.okey);
        END IF;
    END IF;
    RETURN ids || more || settle(in_structure, x.anchor, '');
END $$;
