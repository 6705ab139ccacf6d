import {
  getNamedType,
  getNullableType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedOutputType,
  type GraphQLSchema,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isUnionType,
} from 'graphql';
import { Random } from '../../seeders/load/random.js';

/** A query with the values of its variables. */
export interface GeneratedQuery {
  query: string;
  variables: Record<string, unknown>;
}

/** Values that the data has, by the name of a type. */
export interface KnownValues {
  ids: ReadonlyMap<string, readonly string[]>;
  cursors: ReadonlyMap<string, readonly string[]>;
}

/** Fields of the query that are not a person's of the shop, or answer differently each time. */
const left = new Set(['tenant', 'tenants', 'tenantRegistration', 'me', 'sessions']);

/**
 * Makes queries that a schema allows, the same ones for the same numbers: fields at random down to some depth, with
 * arguments, aliases, fragments of both kinds, and directives by values and by variables.
 */
export class QueryGenerator {
  constructor(
    private readonly schema: GraphQLSchema,
    private readonly known: KnownValues,
  ) {}

  query(number: number): GeneratedQuery {
    return new Generation(this.schema, this.known, new Random(42, 7, number)).query();
  }
}

class Generation {
  readonly #variables: Record<string, unknown> = {};
  readonly #declarations: string[] = [];
  readonly #fragments: string[] = [];
  #aliases = 0;

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly known: KnownValues,
    private readonly random: Random,
  ) {}

  query(): GeneratedQuery {
    const fields = Object.values(this.schema.getQueryType()!.getFields()).filter(({ name }) => !left.has(name));
    const roots = Array.from({ length: 1 + this.random.below(2) }, () => this.#field(this.#pick(fields), 0));
    const declared = this.#declarations.length > 0 ? `(${this.#declarations.join(', ')})` : '';
    return {
      query: [`query ${declared} { ${roots.join(' ')} }`, ...this.#fragments].join('\n'),
      variables: this.#variables,
    };
  }

  #field(field: GraphQLField<unknown, unknown>, depth: number): string {
    const type = getNamedType(field.type);
    const alias = `f${(this.#aliases += 1)}: `;
    return `${alias}${field.name}${this.#arguments(field, type)}${this.#directive()}${this.#selection(type, depth + 1)}`;
  }

  #selection(type: GraphQLNamedOutputType, depth: number): string {
    if (!isCompositeType(type)) {
      return '';
    }
    const all = isUnionType(type) ? [] : Object.values(type.getFields());
    const plain = all.filter(field => !isCompositeType(getNamedType(field.type)));
    const deep = all.filter(field => isCompositeType(getNamedType(field.type)));
    const parts = ['__typename'];
    for (const field of plain) {
      if (this.random.chance(0.5) && !field.args.some(isRequiredArgument)) {
        parts.push(this.#field(field, depth));
      }
    }
    if (depth < 7) {
      // A page without its objects is little; of others one or two lead on.
      const wanted = type.name.endsWith('Connection') || type.name.endsWith('Edge') ? deep.length : 2;
      for (let count = 0; count < wanted && deep.length > 0; count += 1) {
        parts.push(this.#field(this.#pick(deep), depth));
      }
    }
    if (isAbstractType(type)) {
      for (const possible of this.schema.getPossibleTypes(type)) {
        if (this.random.chance(0.3)) {
          parts.push(`... on ${possible.name}${this.#selection(possible, depth)}`);
        }
      }
    }
    const selection = parts.join(' ');
    if (this.random.chance(0.1)) {
      return ` { ... on ${type.name}${this.#directive()} { ${selection} } __typename }`;
    }
    if (this.random.chance(0.1)) {
      const name = `part${this.#fragments.length}_${(this.#aliases += 1)}`;
      this.#fragments.push(`fragment ${name} on ${type.name} { ${selection} }`);
      return ` { __typename ...${name}${this.#directive()} }`;
    }
    return ` { ${selection} }`;
  }

  #directive(): string {
    if (!this.random.chance(0.08)) {
      return '';
    }
    const value = this.random.chance(0.5) ? 'true' : 'false';
    const given = this.random.chance(0.5) ? value : this.#variable('Boolean!', value === 'true');
    return this.random.chance(0.5) ? ` @include(if: ${given})` : ` @skip(if: ${given})`;
  }

  #arguments(field: GraphQLField<unknown, unknown>, type: GraphQLNamedOutputType): string {
    const target = type.name.replace(/Connection$/, '');
    const given = field.args.filter(argument => isRequiredArgument(argument) || this.random.chance(0.35));
    // Not from both ends, which is refused; and a page that is not small would make the deep ones huge.
    const fromEnd = this.random.chance(0.3);
    const texts = given
      .filter(({ name }) => name !== (fromEnd ? 'first' : 'last'))
      .map(argument => [argument.name, this.#argument(argument, target)] as const)
      .filter(([, text]) => text !== undefined);
    if (type.name.endsWith('Connection') && !texts.some(([name]) => name === 'first' || name === 'last')) {
      texts.push(['first', '3']);
    }
    return texts.length > 0 ? `(${texts.map(([name, text]) => `${name}: ${text}`).join(', ')})` : '';
  }

  #argument({ name, type }: GraphQLArgument, target: string): string | undefined {
    if (name === 'asOf') {
      return undefined;
    }
    const value = this.#value(name, type, target);
    if (value === undefined) {
      return isNonNullType(type) ? '"missing"' : undefined;
    }
    return this.random.chance(0.4) ? this.#variable(String(type), value) : toText(value, type);
  }

  #value(name: string, type: GraphQLInputType, target: string): unknown {
    if (this.random.chance(0.05) && !isNonNullType(type)) {
      return null;
    }
    const named = getNamedType(type);
    if (name === 'first' || name === 'last') {
      return 1 + this.random.below(4);
    }
    if (name === 'after' || name === 'before') {
      return this.#pickOf(this.known.cursors.get(target));
    }
    if (isInputObjectType(named)) {
      return Object.fromEntries(
        Object.values(named.getFields()).flatMap(field => {
          const value = this.random.chance(0.3) ? this.#value(field.name, field.type, target) : undefined;
          return value === undefined ? [] : [[field.name, value]];
        }),
      );
    }
    if (isListType(getNullableType(type))) {
      const item = this.#value(
        name.replace(/s$/, ''),
        (getNullableType(type) as { ofType: GraphQLInputType }).ofType,
        target,
      );
      return item === undefined || item === null ? undefined : [item];
    }
    if (isEnumType(named)) {
      return this.#pick(named.getValues()).name;
    }
    switch (named.name) {
      case 'ID':
        return this.#id(name, target);
      case 'Boolean':
        return this.random.chance(0.5);
      case 'DateTime':
        return new Date(Date.UTC(2025, this.random.below(24), 1)).toISOString();
      case 'Date':
        return `2026-${String(1 + this.random.below(12)).padStart(2, '0')}-15`;
      case 'String':
        return {
          iso2Code: 'gb',
          contact: 'ARTHUR@cottington.example',
          language: 'en',
          query: this.#pick(['towel', 'a', 'galaxi', 'pan galactic', 'nothing']),
          timeZone: this.#pick(['Europe/London', 'Asia/Kathmandu', 'Nowhere']),
        }[name];
      default:
        return undefined;
    }
  }

  #id(name: string, target: string): string | undefined {
    const owner = name.replace(/Id$/, '');
    const type = { store: 'Store', customer: 'Customer', order: 'Order', assignee: 'User' }[owner] ?? target;
    return this.#pickOf(this.known.ids.get(type) ?? [...this.known.ids.values()].flat());
  }

  #variable(type: string, value: unknown): string {
    const name = `v${this.#declarations.length}`;
    this.#declarations.push(`$${name}: ${type}`);
    this.#variables[name] = value;
    return `$${name}`;
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[this.random.below(items.length)]!;
  }

  #pickOf<Item>(items: readonly Item[] | undefined): Item | undefined {
    return items && items.length > 0 ? this.#pick(items) : undefined;
  }
}

/** A value as a query's own text has it. */
function toText(value: unknown, type: GraphQLInputType): string {
  const named = getNamedType(type);
  if (value === null) {
    return 'null';
  }
  if (Array.isArray(value)) {
    return `[${value.map(item => toText(item, named)).join(', ')}]`;
  }
  if (isInputObjectType(named)) {
    const fields = Object.entries(value as object).map(
      ([name, inner]) => `${name}: ${toText(inner, named.getFields()[name]!.type)}`,
    );
    return `{${fields.join(', ')}}`;
  }
  return isEnumType(named) ? (value as string) : JSON.stringify(value);
}
