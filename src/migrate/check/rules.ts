import { compatibilityRules } from '../compatibility/rule.js';
import { integrityRules } from '../integrity.js';
import { allRules } from '../lint/own-rules.js';
import type { RuleDescription } from '../lint/rule.js';

/** What checks find besides what the rules about single statements do. */
export const checkRules = {
  entities: {
    id: 'entities-out-of-step',
    severity: 'error',
    title: 'Entities were changed, and no migration does the same to the tables',
    danger: 'The programs ask for what the tables do not have, or leave out what they want.',
    safeWay: `npx pier2 migrate create what_changed
# Of what all shops share:
npx pier2 migrate create what_changed --platform`,
  },
  tables: {
    id: 'tables-unlike-entities',
    severity: 'error',
    title: 'The migrations do not make what the entities have',
    danger: 'A migration was edited, so the snapshot beside it says more or less than it does.',
    safeWay: `-- let the migration do what MikroORM had written, besides what was added to it
alter table "orders" add "channel" text;`,
  },
  upFails: {
    id: 'up-fails',
    severity: 'error',
    title: 'A migration fails on tables without rows',
    danger: 'No schema can be migrated, and none can be made.',
    safeWay: `alter table "orders" add "channel" text;`,
  },
  seeds: {
    id: 'sample-data-fails',
    severity: 'error',
    title: 'The sample data do not fit the tables that the migrations make',
    danger: 'Nothing tells whether migrations work on rows, and no new shop gets the sample data.',
    safeWay: `# Where entities and migrations are in step, mend the seeders, and look at what they write:
npx mikro-orm seeder:run`,
  },
  upFailsOnRows: {
    id: 'up-fails-on-rows',
    severity: 'error',
    title: 'A migration fails on tables with rows',
    danger: 'It runs in tests and for new shops, and fails for those that are in use.',
    safeWay: `alter table "orders" add "channel" text;
-- fill it in batches, then
alter table "orders" add constraint "orders_channel_check" check ("channel" is not null) not valid;`,
  },
  downFails: {
    id: 'down-fails',
    severity: 'error',
    title: 'A migration cannot be taken back',
    danger: 'When programs of this version fail, there is no way back to those of before.',
    safeWay: `-- in down, in the reverse order of up; where there is no way back, say so by an error:
-- override down(): never { throw new Error('The notes are gone: restore them from an archive.'); }
alter table "orders" drop column "channel";`,
  },
  downDiffers: {
    id: 'down-differs',
    severity: 'error',
    title: 'Taking a migration back does not give the schema of before',
    danger:
      'The next try of it fails on what is left or lacks what is gone, and drift is found in shops that went back.',
    safeWay: `-- in down, all that up did, in the reverse order
alter table "orders" drop column "channel";`,
  },
  upDiffers: {
    id: 'up-differs',
    severity: 'error',
    title: 'A migration that was taken back gives another schema when it is run again',
    danger: 'Shops that went back and forth are no longer like the others.',
    safeWay: `-- without "if not exists", which takes what is there for what it should be
alter table "orders" add "channel" text;`,
  },
  rowsLost: {
    id: 'rows-lost',
    severity: 'error',
    title: 'Rows are gone after a migration was taken back and run again, from tables that were there before it',
    danger: 'Customers lose what they had.',
    safeWay: `-- move rows instead of deleting them, and back in down
update "orders" set "note" = '' where "note" is null;`,
  },
} as const satisfies Record<string, RuleDescription>;

/** All that `pier2 migrate check` may find. */
export const allCheckRules: readonly RuleDescription[] = [
  ...Object.values(integrityRules),
  ...Object.values(checkRules),
  ...Object.values(compatibilityRules),
  ...allRules,
];
