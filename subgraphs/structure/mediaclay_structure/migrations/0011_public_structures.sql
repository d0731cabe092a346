-- Whether anybody may read a structure, also without a token. Otherwise identity says by its grants who may.
ALTER TABLE structure ADD COLUMN is_public bool NOT NULL DEFAULT false;
