-- The branches that a change belongs to: its subject and what stood above it, before the change and after it. Who follows
-- a branch asks for changes whose `within` names its top, and need not know how the tree looked at the time.
ALTER TABLE changelog ADD COLUMN within uuid[] NOT NULL DEFAULT '{}';
UPDATE changelog SET within = ARRAY[subject];
