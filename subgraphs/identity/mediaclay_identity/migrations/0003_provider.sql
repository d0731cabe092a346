-- How a human signs in. The name is compared in lower case.
CREATE TABLE login (
    principal     uuid        PRIMARY KEY REFERENCES principal (id),
    name          text        NOT NULL UNIQUE CHECK (name = lower(name) AND char_length(name) BETWEEN 1 AND 254),
    -- Argon2id in the PHC form, salt and parameters included; null: by passkey only.
    password_hash text,
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE passkey (
    credential_id bytea       PRIMARY KEY,
    principal     uuid        NOT NULL REFERENCES principal (id),
    public_key    bytea       NOT NULL,
    sign_count    bigint      NOT NULL,
    label         text        NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    used_at       timestamptz
);
CREATE INDEX passkey_by_principal ON passkey (principal);

-- What a passkey is asked to sign: good once, and for a short time.
CREATE TABLE challenge (
    hash       bytea       PRIMARY KEY,
    principal  uuid        REFERENCES principal (id),
    expires_at timestamptz NOT NULL
);

-- A browser that is signed in. Its cookie holds the secret, we its SHA-256.
CREATE TABLE browser_session (
    hash       bytea       PRIMARY KEY,
    principal  uuid        NOT NULL REFERENCES principal (id),
    method     text        NOT NULL CHECK (method IN ('pwd', 'hwk')),
    began_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX browser_session_by_principal ON browser_session (principal);

-- Failures to prove who one is, counted for an account and for an address.
CREATE TABLE attempt (
    key      text        PRIMARY KEY,
    failures integer     NOT NULL,
    last_at  timestamptz NOT NULL
);

-- Applications that people sign in to. Agents and services are principals and have their client ids there.
CREATE TABLE application (
    client_id     text        PRIMARY KEY,
    name          text        NOT NULL,
    redirect_uris text[]      NOT NULL,
    scopes        text[]      NOT NULL,
    token_format  text        NOT NULL DEFAULT 'jwt' CHECK (token_format IN ('jwt', 'paseto')),
    secret_hash   bytea       CHECK (octet_length(secret_hash) = 32),
    jwks          jsonb,
    jwks_url      text,
    disabled_at   timestamptz,
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (num_nonnulls(secret_hash, jwks, jwks_url) <= 1)
);
ALTER TABLE principal
    ADD COLUMN token_format text NOT NULL DEFAULT 'jwt' CHECK (token_format IN ('jwt', 'paseto')),
    ADD COLUMN jwks jsonb,
    ADD COLUMN jwks_url text;

-- What a person allowed an application or an agent once and for all.
CREATE TABLE consent (
    principal uuid        NOT NULL REFERENCES principal (id),
    client_id text        NOT NULL,
    scopes    text[]      NOT NULL,
    at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (principal, client_id)
);

-- One sign-in to a client, and all tokens that come of it: a revoked one ends them together.
CREATE TABLE delegation (
    id         uuid        PRIMARY KEY,
    principal  uuid        NOT NULL REFERENCES principal (id),
    client_id  text        NOT NULL,
    scopes     text[]      NOT NULL,
    audience   text        NOT NULL,
    nonce      text,
    auth_time  timestamptz NOT NULL,
    method     text        NOT NULL,
    revoked_at timestamptz,
    expires_at timestamptz NOT NULL
);
CREATE INDEX delegation_by_principal ON delegation (principal);

CREATE TABLE authorization_code (
    hash         bytea       PRIMARY KEY,
    delegation   uuid        NOT NULL REFERENCES delegation (id) ON DELETE CASCADE,
    redirect_uri text        NOT NULL,
    challenge    text        NOT NULL,
    expires_at   timestamptz NOT NULL,
    used_at      timestamptz
);

CREATE TABLE refresh_token (
    hash       bytea       PRIMARY KEY,
    delegation uuid        NOT NULL REFERENCES delegation (id) ON DELETE CASCADE,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE INDEX refresh_token_by_delegation ON refresh_token (delegation);

CREATE TABLE device_code (
    hash       bytea       PRIMARY KEY,
    user_code  text        NOT NULL UNIQUE,
    client_id  text        NOT NULL,
    scopes     text[]      NOT NULL,
    audience   text        NOT NULL,
    every      integer     NOT NULL,
    asked_at   timestamptz,
    delegation uuid        REFERENCES delegation (id) ON DELETE CASCADE,
    denied_at  timestamptz,
    expires_at timestamptz NOT NULL
);

-- Assertions of private_key_jwt that were used: each is good once.
CREATE TABLE used_assertion (
    client_id  text        NOT NULL,
    jti        text        NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (client_id, jti)
);

-- Who a subject of another issuer is here.
CREATE TABLE external_subject (
    issuer    text NOT NULL,
    subject   text NOT NULL,
    principal uuid NOT NULL UNIQUE REFERENCES principal (id),
    PRIMARY KEY (issuer, subject)
);
REVOKE ALL ON login, passkey, browser_session, authorization_code, refresh_token, device_code FROM PUBLIC;
