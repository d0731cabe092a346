-- When a kind was set and when a branch was pruned, by the clock and under the structure's lock: a branch that comes back,
-- or a copy, is held to the kinds that were set since.
ALTER TABLE kind ADD COLUMN set_at timestamptz NOT NULL DEFAULT clock_timestamp();
ALTER TABLE pruned ALTER COLUMN pruned_at SET DEFAULT clock_timestamp();
