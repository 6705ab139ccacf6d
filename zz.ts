import { lintMigrations } from './src/migrate/lint/lint-migrations.js';
console.time('t');
const r = await lintMigrations({ all: process.argv[2] === 'all' });
console.timeEnd('t');
for (const f of r.findings) console.log(`${f.file}:${f.line} ${f.direction} ${f.rule}: ${f.message}`);
console.log(r.migrations, r.statements, r.findings.length, (await lintMigrations()).findings.length);
