import { acquireEmbeddedPostgres } from '/tmp/lint/src/database/embedded/index.ts';
import pg from 'pg';
const e = await acquireEmbeddedPostgres({ folder: '/tmp/lint-scratch/pg', settings: { fsync: 'off' } });
const c = new pg.Client(e.url('postgres')); await c.connect();
const sql = (await import('node:fs')).readFileSync(0, 'utf8');
for (const s of sql.split(';;')) { try { const r = await c.query(s); for (const q of [r].flat()) if (q.rows?.length) console.log(q.rows.map(r => Object.values(r).join(' | ')).join('\n')); } catch (x) { console.log('ERR', s, x.message); } }
await c.end(); await e.release();
