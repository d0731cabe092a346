// Mercurius as a federated subgraph over the tables of the structure subgraph: jit on, one loader for each access path.
// PEER_DATABASE_URL and PEER_PORT say where.

import { mercuriusFederationPlugin } from "@mercuriusjs/federation";
import Fastify from "fastify";
import pg from "pg";

const CONNECTIONS = 10;
const COLUMNS = 'n.structure_id AS "structureId", n.id, n.kind, n.name, n.slug, n.properties';
const BY_ID = `
  SELECT ${COLUMNS} FROM node n
  WHERE n.id = ANY($1::uuid[]) AND NOT EXISTS (
    SELECT FROM anchor a WHERE a.structure_id = n.structure_id AND a.id = n.anchor_id AND a.gpath >= 'z/'
  )`;
const CHILDREN = `
  SELECT ${COLUMNS}, p.place::int AS place
  FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS p (structure_id, id, place)
  CROSS JOIN LATERAL (
    SELECT c.* FROM node c WHERE c.structure_id = p.structure_id AND c.parent_id = p.id ORDER BY c.pos LIMIT $3
  ) AS n
  ORDER BY p.place, n.pos`;

const schema = `
  scalar JSON

  type Query {
    node(id: ID!): Node
  }

  type Node @key(fields: "id") {
    id: ID!
    kind: String!
    name: String!
    slug: String!
    properties: JSON!
    children(first: Int = 50): NodeConnection!
  }

  type NodeConnection {
    edges: [NodeEdge!]!
    pageInfo: PageInfo!
  }

  type NodeEdge {
    node: Node!
  }

  type PageInfo {
    hasNextPage: Boolean!
  }
`;

const pool = new pg.Pool({
  connectionString: process.env.PEER_DATABASE_URL,
  max: CONNECTIONS,
  // Its statements are planned once: by itself PostgreSQL may plan one of them at each call, by chance of the first calls.
  options: "-c search_path=structure -c jit=off -c plan_cache_mode=force_generic_plan",
});

/** The rows of a statement that is prepared under a name, once for each connection. */
async function rowsOf(name, text, values) {
  return (await pool.query({ name, text, values })).rows;
}

/** Nodes in the order of their ids, null for one that there is not. */
async function byId(ids) {
  const found = new Map((await rowsOf("by-id", BY_ID, [ids])).map((row) => [row.id, row]));
  return ids.map((id) => found.get(id) ?? null);
}

/** A page of children for each parent, in their order. */
async function childrenOf(parents, first) {
  const asked = [parents.map((p) => p.structureId), parents.map((p) => p.id), first + 1];
  const pages = parents.map(() => ({ edges: [], pageInfo: { hasNextPage: false } }));
  for (const node of await rowsOf("children", CHILDREN, asked)) {
    const page = pages[node.place - 1];
    if (page.edges.length === first) page.pageInfo.hasNextPage = true;
    else page.edges.push({ node });
  }
  return pages;
}

const resolvers = {
  Query: { node: async (_, { id }) => (await byId([id]))[0] },
};

const loaders = {
  Node: {
    __resolveReference: async (queries) => byId(queries.map(({ obj }) => obj.id)),
    async children(queries) {
      const pages = new Array(queries.length);
      for (const first of new Set(queries.map(({ params }) => params.first))) {
        const places = queries.flatMap(({ params }, place) => (params.first === first ? [place] : []));
        const found = await childrenOf(places.map((place) => queries[place].obj), first);
        places.forEach((place, number) => { pages[place] = found[number]; });
      }
      return pages;
    },
  },
};

const app = Fastify();
app.register(mercuriusFederationPlugin, { schema, resolvers, loaders, jit: 1 });
await app.listen({ host: "127.0.0.1", port: Number(process.env.PEER_PORT) });
process.once("SIGTERM", () => process.exit(0));
