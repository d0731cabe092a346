-- Trees as anchored, materialized paths (docs/decisions/0001-anchored-paths.md).
-- structure_id leads every key, so that the tables can be distributed by it.

CREATE TABLE structure (
    id         uuid        PRIMARY KEY,
    slug       text        NOT NULL UNIQUE,
    name       text        NOT NULL,
    root_id    uuid        NOT NULL,
    -- K: a node whose own fragment would hold more nodes than this becomes an anchor.
    bound      int         NOT NULL DEFAULT 1024 CHECK (bound >= 4),
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid        NOT NULL
);

CREATE TABLE node (
    structure_id uuid        NOT NULL,
    id           uuid        NOT NULL,
    parent_id    uuid,
    -- Its key among its siblings: base 62, never ending in '0', so that there is always room before it.
    pos          text        COLLATE "C" NOT NULL CHECK (pos ~ '^[0-9A-Za-z]*[1-9A-Za-z]$'),
    anchor_id    bigint      NOT NULL,
    -- The sibling keys from the anchor down to here, each followed by '/'; empty for the anchor itself.
    okey         text        COLLATE "C" NOT NULL CHECK (octet_length(okey) <= 2600),
    kind         text        NOT NULL,
    name         text        NOT NULL,
    slug         text        NOT NULL,
    properties   jsonb       NOT NULL DEFAULT '{}',
    version      int         NOT NULL DEFAULT 1,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    created_by   uuid        NOT NULL,
    updated_by   uuid        NOT NULL,
    PRIMARY KEY (structure_id, id)
);
-- The directory for look-ups that know nothing but an id; it also keeps an id from being used in two structures.
CREATE UNIQUE INDEX node_directory ON node (id);
CREATE UNIQUE INDEX node_siblings ON node (structure_id, parent_id, pos);
CREATE UNIQUE INDEX node_slugs ON node (structure_id, parent_id, slug);
CREATE UNIQUE INDEX node_labels ON node (structure_id, anchor_id, okey);

-- The few heavy nodes that carry the full path of those near them: about one in a thousand.
CREATE SEQUENCE anchor_ids;
CREATE TABLE anchor (
    structure_id uuid   NOT NULL,
    id           bigint NOT NULL DEFAULT nextval('anchor_ids'),
    node_id      uuid   NOT NULL,
    pinned       bool   NOT NULL DEFAULT false,
    -- How many nodes its fragment holds, itself among them.
    n            bigint NOT NULL,
    -- The most levels that its fragment ever had: never less than it has.
    deep         int    NOT NULL DEFAULT 0,
    gpath        text   COLLATE "C" NOT NULL CHECK (octet_length(gpath) <= 2600),
    PRIMARY KEY (structure_id, id)
) WITH (fillfactor = 60);
CREATE UNIQUE INDEX anchor_paths ON anchor (structure_id, gpath);

CREATE TABLE kind (
    structure_id     uuid   NOT NULL,
    name             text   NOT NULL,
    schema           jsonb  NOT NULL,
    allowed_children text[],
    description      text,
    PRIMARY KEY (structure_id, name)
);

CREATE TABLE link (
    structure_id uuid        NOT NULL,
    id           uuid        NOT NULL,
    kind         text        NOT NULL,
    source_id    uuid        NOT NULL,
    target_id    uuid        NOT NULL,
    properties   jsonb       NOT NULL DEFAULT '{}',
    created_at   timestamptz NOT NULL DEFAULT now(),
    created_by   uuid        NOT NULL,
    PRIMARY KEY (structure_id, id)
);
CREATE INDEX link_sources ON link (structure_id, source_id, id);
CREATE INDEX link_targets ON link (structure_id, target_id, id);
