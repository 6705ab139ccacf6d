import type { Node } from 'libpg-query';
import { commandsOf, tableName } from '../lint/ast.js';
import { loadParser } from '../lint/parser.js';

/** A migration, or one of several that a change is divided into. */
export interface Part {
  /** What it does besides the change as a whole, for its name. */
  suffix: string;
  up: string[];
  down: string[];
  isTransactional: boolean;
}

/**
 * Divides a change so that nobody who uses the tables waits for long: an index of a table that is there is made CONCURRENTLY, in a
 * migration of its own; a constraint holds for new rows at first, and is validated by a migration behind; one that is unique is
 * made from such an index.
 */
export async function inSafeForms({ up, down }: { up: string[]; down: string[] }): Promise<Part[]> {
  const parser = await loadParser();
  const statements = up.map(sql => ({ sql, node: parser.parse(sql)[0]!.node }));
  const isNew = (table: string | undefined) =>
    statements.some(({ node }) => 'CreateStmt' in node && tableName(node.CreateStmt.relation!) === table);
  const change: Part = { suffix: '', up: [], down, isTransactional: true };
  const indexes: Part[] = [];
  const foreign: Part[] = [];
  const attached: Part = { suffix: '_unique', up: [], down: [], isTransactional: true };
  const validated: Part[] = [];
  for (const { sql, node } of statements) {
    const [, table, name, columns] =
      /^alter table (\S+) add constraint "([^"]+)"(?: unique (\([^()]*\));$)?/.exec(sql) ?? [];
    const kind = isNew(alteredTable(node)) ? undefined : addedConstraint(node);
    if ('IndexStmt' in node && !isNew(tableName(node.IndexStmt.relation!))) {
      const { relation, idxname } = node.IndexStmt;
      const index = relation?.schemaname ? `"${relation.schemaname}"."${idxname}"` : `"${idxname}"`;
      indexes.push({
        suffix: `_${idxname}`,
        up: [sql.replace(/^create (unique )?index/, (_, unique = '') => `create ${unique}index concurrently`)],
        down: [`drop index concurrently ${index};`],
        isTransactional: false,
      });
      change.down = change.down.filter(other => other !== `drop index ${index};`);
    } else if (kind === 'CONSTR_FOREIGN' || kind === 'CONSTR_CHECK') {
      const drop = `alter table ${table} drop constraint "${name}";`;
      const add = sql.replace(/;$/, ' not valid;');
      if (kind === 'CONSTR_CHECK') {
        change.up.push(add);
      } else {
        // It locks the other table too, which nobody should wait for behind the change.
        foreign.push({ suffix: `_${name}`, up: [add], down: [drop], isTransactional: true });
        change.down = change.down.filter(other => other !== drop);
      }
      // Each alone, since those of several tables would lock these together when they are taken back.
      validated.push({
        suffix: `_${name}_validated`,
        up: [`alter table ${table} validate constraint "${name}";`],
        down: [drop, add],
        isTransactional: true,
      });
    } else if (kind === 'CONSTR_UNIQUE' && columns !== undefined) {
      indexes.push({
        suffix: `_${name}`,
        up: [`create unique index concurrently "${name}" on ${table} ${columns};`],
        down: [`drop index concurrently "${name}";`],
        isTransactional: false,
      });
      const drop = `alter table ${table} drop constraint "${name}";`;
      change.down = change.down.filter(other => other !== drop);
      attached.up.push(`alter table ${table} add constraint "${name}" unique using index "${name}";`);
      // Without the constraint its index is gone too, and the migration before this one had made that.
      attached.down.unshift(drop, `${allowed}create unique index "${name}" on ${table} ${columns};`);
    } else {
      change.up.push(sql);
    }
  }
  return [change, ...foreign, ...indexes, attached, ...validated].filter(part => part.up.length > 0);
}

/** Stands before the index that only a migration that is taken back makes in this way. */
const allowed = `-- pier2:allow add-index only where the constraint is taken back
-- pier2:allow behind-exclusive-lock only where the constraint is taken back
`;

function alteredTable(node: Node): string | undefined {
  return 'AlterTableStmt' in node ? tableName(node.AlterTableStmt.relation!) : undefined;
}

/** The kind of constraint that a statement adds and nothing else. */
function addedConstraint(node: Node): string | undefined {
  const [command, ...others] = 'AlterTableStmt' in node ? commandsOf(node.AlterTableStmt) : [];
  const def = command?.subtype === 'AT_AddConstraint' && others.length === 0 ? command.def : undefined;
  return def && 'Constraint' in def ? def.Constraint.contype : undefined;
}
