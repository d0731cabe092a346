-- Tokens that were issued before this moment are of no more use: the principal signed out everywhere.
ALTER TABLE principal ADD COLUMN least_iat timestamptz;
CREATE INDEX principal_by_standing ON principal (id) WHERE disabled_at IS NOT NULL OR least_iat IS NOT NULL;

-- People may approve proposals; the first administrator holds every scope.
UPDATE principal SET scopes = scopes || '{clay.approve}' WHERE built_in = 'administrator' AND NOT 'clay.approve' = ANY (scopes);

-- A key signs tokens of one sort: ES256 for JWT, v4.public for PASETO.
ALTER TABLE signing_key ADD COLUMN algorithm text NOT NULL DEFAULT 'ES256' CHECK (algorithm IN ('ES256', 'v4.public'));
ALTER TABLE signing_key ALTER COLUMN algorithm DROP DEFAULT;
