-- Whether a node is pruned is asked at each read by its id: of an index that holds the anchors of pruned branches alone.
CREATE INDEX anchor_pruned ON anchor (structure_id, id) WHERE gpath >= 'z/';
