import type { AlterTableCmd, AlterTableStmt, ColumnDef, Constraint, Node, RangeVar } from 'libpg-query';

/** The name that a table is known by: with its schema where the statement names one. */
export function tableName({ schemaname, relname }: RangeVar): string {
  return schemaname ? `${schemaname}.${relname}` : relname!;
}

/** The parts of a name, such as those of `platform.search_text`. */
export function nameParts(name: Node | Node[] | undefined): string[] {
  if (Array.isArray(name)) {
    return name.map(part => ('String' in part ? part.String.sval! : ''));
  }
  if (!name) {
    return [];
  }
  if ('List' in name) {
    return nameParts(name.List.items);
  }
  if ('TypeName' in name) {
    return nameParts(name.TypeName.names);
  }
  return nameParts([name]);
}

export function joinedName(name: Node | Node[] | undefined): string {
  return nameParts(name).join('.');
}

/** Every object in a tree, with the key that it stands under. */
export function* walk(tree: unknown, key = ''): Generator<[key: string, value: Record<string, unknown>]> {
  if (Array.isArray(tree)) {
    for (const item of tree) {
      yield* walk(item, key);
    }
  } else if (typeof tree === 'object' && tree !== null) {
    yield [key, tree as Record<string, unknown>];
    for (const [childKey, child] of Object.entries(tree)) {
      yield* walk(child, childKey);
    }
  }
}

/** Every node of a kind in a tree. */
export function findAll<Found>(tree: unknown, kind: string): Found[] {
  return Array.from(walk(tree))
    .filter(([key]) => key === kind)
    .map(([, value]) => value as Found);
}

/** The tables that a tree names, without those that a WITH clause makes. */
export function tablesIn(tree: unknown): RangeVar[] {
  const withNames = new Set(findAll<{ ctename?: string }>(tree, 'CommonTableExpr').map(({ ctename }) => ctename));
  return Array.from(walk(tree), ([, value]) => value as RangeVar).filter(
    ({ relname, schemaname }) => typeof relname === 'string' && (schemaname !== undefined || !withNames.has(relname)),
  );
}

/** The columns that an expression names, by their last part. */
export function columnsIn(expression: unknown): string[] {
  return findAll<{ fields?: Node[] }>(expression, 'ColumnRef').map(({ fields }) => nameParts(fields?.slice(-1))[0]!);
}

/** A constraint that stands behind a column's type, of the first of these kinds that there is. */
export function columnConstraint(
  column: ColumnDef,
  ...kinds: NonNullable<Constraint['contype']>[]
): Constraint | undefined {
  return constraintsOf(column).find(({ contype }) => kinds.includes(contype!));
}

export function constraintsOf(column: ColumnDef): Constraint[] {
  return (column.constraints ?? []).map(node => ('Constraint' in node ? node.Constraint : {}));
}

/** The value of an option such as `full` in `vacuum (full false)`; undefined where it is not given. */
export function booleanOption(options: Node[] | undefined, name: string): boolean | undefined {
  for (const option of options ?? []) {
    if ('DefElem' in option && option.DefElem.defname === name) {
      const { arg } = option.DefElem;
      if (!arg) {
        return true;
      }
      const text = 'String' in arg ? arg.String.sval : 'Integer' in arg ? String(arg.Integer.ival ?? 0) : 'true';
      return !['false', 'off', 'no', '0'].includes(text!.toLowerCase());
    }
  }
  return undefined;
}

/** What an ALTER TABLE does, one after the other. */
export function commandsOf({ cmds }: AlterTableStmt): AlterTableCmd[] {
  return (cmds ?? []).map(node => ('AlterTableCmd' in node ? node.AlterTableCmd : {}));
}

/** The names of the constraints that a statement drops. */
export function droppedConstraints(node: Node): string[] {
  return 'AlterTableStmt' in node
    ? commandsOf(node.AlterTableStmt).flatMap(({ subtype, name }) => (subtype === 'AT_DropConstraint' ? name! : []))
    : [];
}
