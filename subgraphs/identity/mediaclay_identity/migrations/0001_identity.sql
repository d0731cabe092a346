-- Who can act. A row is never deleted: what it once did names it for ever.
CREATE TABLE principal (
    id          uuid        PRIMARY KEY,
    type        text        NOT NULL CHECK (type IN ('HUMAN', 'AGENT', 'SERVICE')),
    name        text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 1024),
    -- The human who answers for an agent.
    owner       uuid        REFERENCES principal (id),
    client_id   text        UNIQUE,
    -- SHA-256 of the client secret; null: the client can't authenticate.
    secret_hash bytea       CHECK (octet_length(secret_hash) = 32),
    scopes      text[]      NOT NULL,
    -- What this instance made for itself at its first start: 'administrator', 'services'.
    built_in    text        UNIQUE,
    disabled_at timestamptz,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK ((type = 'AGENT') = (owner IS NOT NULL)),
    CHECK (secret_hash IS NULL OR client_id IS NOT NULL)
);
CREATE INDEX principal_by_type ON principal (type, id);
CREATE INDEX principal_by_owner ON principal (owner) WHERE owner IS NOT NULL;

-- Private keys, as JWK (RFC 7517). Whoever reads this table can sign tokens in anyone's name, so nobody but the
-- service's own role may: nothing is granted here, and a reporting role must be given other tables by name.
CREATE TABLE signing_key (
    kid        text        PRIMARY KEY,
    private    jsonb       NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- From then on nothing is signed with it; it stays published until the last token it signed has expired.
    retired_at timestamptz
);
REVOKE ALL ON signing_key FROM PUBLIC;
