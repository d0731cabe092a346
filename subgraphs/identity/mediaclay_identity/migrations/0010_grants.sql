-- Roles on nodes of trees, which lie elsewhere: here they are known by their ids. A row is never deleted: what is revoked
-- says who was allowed what, until when and by whom.
CREATE TABLE access_grant (
    id          uuid        PRIMARY KEY,
    principal   uuid        NOT NULL REFERENCES principal (id),
    node        uuid        NOT NULL,
    role        text        NOT NULL CHECK (role IN ('READ', 'SUGGEST', 'WRITE', 'MANAGE')),
    expires_at  timestamptz,
    granted_by  uuid        NOT NULL REFERENCES principal (id),
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    revoked_at  timestamptz,
    revoked_by  uuid        REFERENCES principal (id),
    -- That it has expired was told to those who follow.
    told_at     timestamptz
);
CREATE UNIQUE INDEX access_grant_once ON access_grant (principal, node, role) WHERE revoked_at IS NULL AND expires_at IS NULL;
CREATE INDEX access_grant_by_principal ON access_grant (principal) WHERE revoked_at IS NULL;
CREATE INDEX access_grant_by_node ON access_grant (node) WHERE revoked_at IS NULL;
CREATE INDEX access_grant_by_end ON access_grant (expires_at) WHERE revoked_at IS NULL AND told_at IS NULL;

-- Our own services read everything, and ask for anybody's grants.
UPDATE principal SET scopes = '{clay.read,clay.internal}' WHERE built_in = 'services';
