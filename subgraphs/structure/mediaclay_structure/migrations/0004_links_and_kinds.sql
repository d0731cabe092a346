-- Links are listed by kind and then by age, so that one index serves the list of all and that of one kind.
DROP INDEX link_sources;
DROP INDEX link_targets;
CREATE INDEX link_sources ON link (structure_id, source_id, kind, id);
CREATE INDEX link_targets ON link (structure_id, target_id, kind, id);
-- Two nodes are linked once in each direction for each kind.
CREATE UNIQUE INDEX link_ends ON link (structure_id, source_id, kind, target_id);
-- The directory for look-ups that know nothing but an id.
CREATE INDEX link_directory ON link (id);

-- The change that made a link: what a repeat of the same request is answered with.
CREATE INDEX changelog_of_links ON changelog (stream, (details ->> 'id')) WHERE type = 'LINKED';
-- A link is history of its target, too. Only changes of links are in this index, so no other write pays for it.
CREATE INDEX changelog_by_target ON changelog (stream, (details ->> 'target'), revision)
WHERE type IN ('LINKED', 'UNLINKED');
