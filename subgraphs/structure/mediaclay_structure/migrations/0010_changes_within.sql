-- Changes from before they were told their branches count for where their subjects stand now.
UPDATE changelog AS c SET within = l.line
FROM (
    SELECT s.stream, s.subject, (
        WITH RECURSIVE up AS (
            SELECT n.id, n.parent_id FROM node n WHERE n.structure_id = s.stream AND n.id = s.subject
            UNION ALL
            SELECT p.id, p.parent_id FROM up JOIN node p ON p.structure_id = s.stream AND p.id = up.parent_id
        )
        SELECT array_agg(up.id) FROM up
    ) AS line
    FROM (SELECT DISTINCT stream, subject FROM changelog) AS s
) AS l
WHERE c.stream = l.stream AND c.subject = l.subject AND l.line IS NOT NULL;
