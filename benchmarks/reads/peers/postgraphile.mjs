// PostGraphile over the tables of the structure subgraph. PEER_DATABASE_URL and PEER_PORT say where.
// The tables keep no foreign keys, so smart tags say how nodes hang together; children come in the order of their index.

import { createServer } from "node:http";
import { grafserv } from "postgraphile/grafserv/node";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { addPgTableOrderBy, jsonPgSmartTags, orderByAscDesc } from "postgraphile/utils";

const CONNECTIONS = 10;

const tags = jsonPgSmartTags({
  version: 1,
  config: {
    class: {
      "structure.node": {
        tags: {
          primaryKey: "id",
          unique: "structure_id,id",
          foreignKey:
            "(structure_id, parent_id) references structure.node (structure_id, id)|@fieldName parent|@foreignFieldName children",
        },
      },
    },
  },
});
const inOrder = addPgTableOrderBy({ schemaName: "structure", tableName: "node" }, () =>
  orderByAscDesc("PLACE", "pos", { unique: true }),
);

const service = postgraphile({
  extends: [PostGraphileAmberPreset],
  plugins: [tags, inOrder],
  // Their interface `Node` would stand in the way of our type of that name.
  disablePlugins: ["NodePlugin", "AddNodeInterfaceToSuitableTypesPlugin", "NodeAccessorPlugin"],
  pgServices: [
    makePgService({
      connectionString: process.env.PEER_DATABASE_URL,
      schemas: ["structure"],
      poolConfig: { max: CONNECTIONS },
    }),
  ],
  grafserv: { graphqlPath: "/graphql", graphiql: false, websockets: false },
});
const server = createServer();
await service.createServ(grafserv).addTo(server);
server.listen(Number(process.env.PEER_PORT), "127.0.0.1");
process.once("SIGTERM", () => process.exit(0));
