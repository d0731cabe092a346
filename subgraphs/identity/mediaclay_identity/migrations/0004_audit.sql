-- Who did what on whose behalf, and what failed. Rows are only ever added; none holds a secret or its hash.
CREATE TABLE audit (
    id        uuid        PRIMARY KEY,
    at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    type      text        NOT NULL,
    succeeded boolean     NOT NULL,
    -- Who acted, where that was known, and who acted for it, the one who acts now first.
    principal uuid,
    actors    uuid[]      NOT NULL,
    client_id text,
    -- Whom or what it was done to.
    subject   uuid,
    address   text,
    details   jsonb       NOT NULL
);
CREATE INDEX audit_by_principal ON audit (principal, id);
CREATE INDEX audit_by_type ON audit (type, id);
