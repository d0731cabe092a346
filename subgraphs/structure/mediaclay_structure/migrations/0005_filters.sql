-- What filters ask of a node, its properties and its kind, each below a key that names the structure: so an entry of
-- the index is of one structure, and what is rare there is found at once, however frequent it is elsewhere.
-- docs/decisions/0010-filters.md. The statements that use it repeat this expression: store/finding.py.
CREATE INDEX node_document ON node USING gin ((
    jsonb_set('{}', ARRAY[structure_id::text], properties) || jsonb_object(ARRAY['kind ' || structure_id::text, kind])
) jsonb_path_ops);
