/** PostGraphile 5 with its Amber preset, as its documentation has it for production. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { postgraphile } from 'postgraphile';
import { makePgService } from 'postgraphile/adaptors/pg';
import { grafserv } from 'postgraphile/grafserv/node';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';
import { jsonPgSmartTags } from 'postgraphile/utils';

const serve = postgraphile({
  extends: [PostGraphileAmberPreset],
  plugins: [
    // The one relation that is no foreign key in the database.
    jsonPgSmartTags({
      version: 1,
      config: {
        class: {
          'public.addresses': {
            tags: { foreignKey: '(country_code) references platform.countries (iso2_code)|@fieldName country' },
          },
        },
      },
    }),
  ],
  pgServices: [
    makePgService({
      connectionString: process.env['DATABASE_URL']!,
      schemas: ['public', 'platform', 'bench_postgraphile'],
      poolConfig: { max: Number(process.env['POOL_SIZE']) },
    }),
  ],
  grafserv: { graphqlPath: '/graphql', graphiql: false, websockets: false, watch: false },
  grafast: { explain: false },
}).createServ(grafserv);
const server = createServer();
await serve.addTo(server);
await serve.ready();
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
process.on('SIGTERM', () => process.exit(0));
