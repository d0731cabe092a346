-- Pruning is a move below a second root, the trash, so it is as quick as a move and as safe. A node is pruned exactly
-- if the path of its anchor does not sort before 'z/'. docs/decisions/0011-trash.md

ALTER TABLE structure ADD COLUMN trash_id uuid;
-- A deleted structure is a pruned root; its rows go in the background.
ALTER TABLE structure ADD COLUMN deleted_at timestamptz;

CREATE FUNCTION make_trash(in_structure uuid, trash uuid, by uuid) RETURNS void
LANGUAGE sql AS $$
    WITH made AS (
        INSERT INTO anchor (structure_id, node_id, pinned, n, gpath) VALUES (in_structure, trash, true, 1, 'z/')
        RETURNING id
    )
    INSERT INTO node (structure_id, id, pos, anchor_id, okey, kind, name, slug, created_by, updated_by)
    SELECT in_structure, trash, 'z', made.id, '', 'trash', 'Trash', 'trash', by, by FROM made;
    UPDATE structure SET trash_id = trash WHERE id = in_structure;
$$;
SELECT make_trash(id, gen_random_uuid(), created_by) FROM structure;
ALTER TABLE structure ADD CHECK (trash_id IS NOT NULL) NOT VALID;

-- One row for each pruned branch: where it was, so that it can go back there.
CREATE TABLE pruned (
    structure_id uuid        NOT NULL,
    node_id      uuid        NOT NULL,
    parent_id    uuid        NOT NULL,
    pos          text        COLLATE "C" NOT NULL,
    slug         text        NOT NULL,
    pruned_at    timestamptz NOT NULL DEFAULT now(),
    pruned_by    uuid        NOT NULL,
    -- Since when it is being deleted for good; then it can't be restored.
    purging      timestamptz,
    -- What it had when that began: fragments that an index still shows for a while.
    fragments    bigint[]    NOT NULL DEFAULT '{}',
    nodes        bigint      NOT NULL DEFAULT 0,
    purged_at    timestamptz,
    PRIMARY KEY (structure_id, node_id)
);
CREATE INDEX pruned_by_age ON pruned (pruned_at);
CREATE INDEX pruned_places ON pruned (structure_id, parent_id, pos);

-- Deletes a part of a pruned branch, from its end, so that no node is ever without its parent: `most` nodes of its last
-- fragment, or all that is left beside the top. Answers the deleted nodes; the top is among them when all is gone.
CREATE FUNCTION purge_some(in_structure uuid, top uuid, most int) RETURNS uuid[]
LANGUAGE plpgsql AS $$
DECLARE
    x     record;
    last  anchor%ROWTYPE;
    ids   uuid[];
BEGIN
    SELECT n.anchor_id AS anchor, n.okey, a.gpath || n.okey AS full_key INTO STRICT x
    FROM node n JOIN anchor a ON a.structure_id = n.structure_id AND a.id = n.anchor_id
    WHERE n.structure_id = in_structure AND n.id = top AND a.gpath >= 'z/';

    SELECT * INTO last FROM anchor a
    WHERE a.structure_id = in_structure AND a.gpath >= x.full_key AND a.gpath < branch_end(x.full_key)
    ORDER BY a.gpath DESC LIMIT 1;
    IF last.id IS NULL THEN
        SELECT * INTO STRICT last FROM anchor a WHERE a.structure_id = in_structure AND a.id = x.anchor;
        most := 2147483647;
    ELSE
        x.okey := '';
    END IF;

    WITH doomed AS MATERIALIZED (
        SELECT n.id FROM node n
        WHERE n.structure_id = in_structure AND n.anchor_id = last.id AND n.okey >= x.okey AND n.okey < branch_end(x.okey)
        ORDER BY n.okey DESC LIMIT most
    ), deleted AS (
        DELETE FROM node n USING doomed d WHERE n.structure_id = in_structure AND n.id = d.id RETURNING n.id
    )
    SELECT coalesce(array_agg(id), '{}') INTO ids FROM deleted;
    DELETE FROM link WHERE structure_id = in_structure AND source_id = ANY(ids);
    DELETE FROM link WHERE structure_id = in_structure AND target_id = ANY(ids);
    IF last.n = cardinality(ids) THEN
        DELETE FROM anchor WHERE structure_id = in_structure AND id = last.id;
    ELSE
        UPDATE anchor SET n = n - cardinality(ids) WHERE structure_id = in_structure AND id = last.id;
    END IF;
    RETURN ids;
END $$;
