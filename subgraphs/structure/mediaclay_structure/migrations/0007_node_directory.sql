-- A node's id alone is unique in the whole database, so one index of ids finds a node with its structure named or
-- without: docs/decisions/0014-one-index-of-ids.md. Of two random indexes each new node pays for both.
ALTER TABLE node DROP CONSTRAINT node_pkey;
