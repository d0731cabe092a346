-- The changelog: one row for each committed operation, numbered without a gap in each stream, in commit order.
-- The head row is locked until commit, which is what makes the numbers follow the order of the commits.
CREATE TABLE changelog_head (
    stream   uuid   PRIMARY KEY,
    revision bigint NOT NULL
);

CREATE TABLE changelog (
    stream    uuid        NOT NULL,
    revision  bigint      NOT NULL,
    type      text        NOT NULL,
    subject   uuid        NOT NULL,
    details   jsonb       NOT NULL,
    -- What an index must read again because of this change: the subject, and what was relabelled with it.
    touched   uuid[]      NOT NULL,
    principal uuid        NOT NULL,
    actors    uuid[]      NOT NULL DEFAULT '{}',
    at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (stream, revision)
);
CREATE INDEX changelog_by_subject ON changelog (stream, subject, revision);

-- How far the relay has handed each stream on. Apart from the head, so that the relay never waits for a writer.
CREATE TABLE changelog_relay (
    stream   uuid   PRIMARY KEY,
    revision bigint NOT NULL
);
