-- Where on Earth a node is. The node itself belongs to another subgraph, so there is nothing to refer to but its id.
CREATE TABLE station (
    node      uuid             PRIMARY KEY,
    latitude  double precision NOT NULL CHECK (latitude BETWEEN -90 AND 90),
    longitude double precision NOT NULL CHECK (longitude BETWEEN -180 AND 180)
);
