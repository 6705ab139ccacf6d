import {
  getNamedType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
} from 'graphql';

/** A query that shows what one field reads. */
export interface ReadOperation {
  /** The field as coordinates of the schema, such as `Customer.orders`. */
  operation: string;
  query: string;
}

/** Ids of the objects that there are, by their types. */
export type KnownIds = ReadonlyMap<string, string>;

/** Values that the recorded shop has, by the name of what is required. */
const knownValues: Record<string, unknown> = {
  query: 'towel',
  language: 'en',
  contact: 'arthur@cottington.example',
  iso2Code: 'XK',
  name: 'Heart of Gold',
  tag: 'towel',
  timeZone: 'Europe/London',
  placedFrom: '2000-01-01T00:00:00Z',
  placedBefore: '2001-01-01T00:00:00Z',
  asOf: '2001-01-01T00:00:00Z',
  dueFrom: '2000-01-01',
  dueBefore: '2001-01-01',
};

/** What ids are given to fields whose type does not say it. */
const idsOf: Record<string, string> = {
  history: 'Store',
  node: 'Store',
  nodes: 'Store',
  exportCustomerData: 'Customer',
};

/** The way to the objects of a type: makes a query of what is asked of them. */
type Path = (selection: string) => string;

type Field = GraphQLField<unknown, unknown>;

/** Makes queries for a schema: one for each field that holds objects, and for each argument of such a field and each of its values. */
export class ReadOperations {
  readonly #paths: ReadonlyMap<GraphQLObjectType, Path>;

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly ids: KnownIds = new Map(),
  ) {
    this.#paths = this.#findPaths();
  }

  /** Queries for the id of an object of each type that has one and that can be come to without any id. */
  idQueries(): string[] {
    return [...this.#paths].filter(([type]) => 'id' in type.getFields()).map(([, path]) => path('id'));
  }

  /** @param variations whether fields are also asked for with each of their arguments */
  *all(variations: boolean): Generator<ReadOperation> {
    for (const [type, path] of this.#paths) {
      for (const field of Object.values(type.getFields())) {
        const isRoot = type === this.schema.getQueryType();
        if (isLeafType(getNamedType(field.type)) && !isRoot) {
          continue;
        }
        const operation = `${type.name}.${field.name}`;
        const selection = isLeafType(getNamedType(field.type)) ? '' : this.#whole(getNamedType(field.type));
        yield { operation, query: path(`${this.#call(field)} ${selection}`) };
        for (const [argument, value] of variations ? this.#variations(field) : []) {
          yield {
            operation,
            query: path(`${this.#call(field, argument, value)} ${this.#brief(getNamedType(field.type))}`),
          };
        }
      }
    }
  }

  #findPaths(): Map<GraphQLObjectType, Path> {
    const query = this.schema.getQueryType()!;
    const paths = new Map<GraphQLObjectType, Path>([[query, selection => `{ ${selection} }`]]);
    for (const [owner, path] of paths) {
      // Those without arguments come first, since they need no object to be known.
      const fields = Object.values(owner.getFields()).sort((a, b) => requiredOf(a).length - requiredOf(b).length);
      for (const field of fields) {
        const named = getNamedType(field.type);
        const held = nodeOf(named);
        const known = requiredOf(field).every(argument => this.#valueOf(argument, field) !== undefined);
        if (isObjectType(held) && !paths.has(held) && known) {
          const inner = (selection: string) => (held === named ? `{ ${selection} }` : `{ nodes { ${selection} } }`);
          paths.set(held, selection => path(`${this.#call(field)} ${inner(selection)}`));
        }
      }
    }
    return paths;
  }

  #call(field: Field, argument?: string, value?: string): string {
    const given = requiredOf(field).map(required => `${required.name}: ${this.#valueOf(required, field)}`);
    const all = [...given, ...(argument === undefined ? [] : [`${argument}: ${value}`])];
    return all.length > 0 ? `${field.name}(${all.join(', ')})` : field.name;
  }

  /** Each value that tells statements apart, of each argument that may be left out. */
  *#variations(field: Field): Generator<[argument: string, value: string]> {
    for (const argument of field.args.filter(one => !isRequiredArgument(one))) {
      if (argument.name === 'last') {
        yield ['last', '2'];
      } else if (!['first', 'after', 'before'].includes(argument.name)) {
        for (const value of this.#valuesOf(argument.name, argument.type, field)) {
          yield [argument.name, value];
        }
      }
    }
  }

  *#valuesOf(name: string, type: GraphQLInputType, field: Field): Generator<string> {
    const named = getNamedType(type);
    const wrap = (text: string) => (isListType(isNonNullType(type) ? type.ofType : type) ? `[${text}]` : text);
    if (isInputObjectType(named)) {
      for (const inner of Object.values(named.getFields())) {
        for (const value of this.#valuesOf(inner.name, inner.type, field)) {
          yield `{ ${inner.name}: ${value} }`;
        }
      }
    } else if (isEnumType(named)) {
      yield* named.getValues().map(value => wrap(value.name));
    } else if (named.name === 'Boolean') {
      yield* ['true', 'false'];
    } else {
      const value = this.#valueOf({ name, type }, field);
      if (value !== undefined) {
        yield wrap(value);
      }
    }
  }

  #valueOf({ name, type }: Pick<GraphQLArgument, 'name' | 'type'>, field: Field): string | undefined {
    if (getNamedType(type).name === 'ID') {
      const owner = name.replace(/Id$/, '');
      const named = { store: 'Store', customer: 'Customer', order: 'Order', assignee: 'User' }[owner];
      const id = this.ids.get(named ?? idsOf[field.name] ?? nodeOf(getNamedType(field.type)).name);
      const text = id === undefined ? undefined : JSON.stringify(id);
      return name === 'ids' ? `[${this.#allIds().join(', ')}]` : text;
    }
    return name in knownValues ? JSON.stringify(knownValues[name]) : undefined;
  }

  /** Of the shop's objects; the platform's are not for its people. */
  #allIds(): string[] {
    return [...this.ids].filter(([type]) => !type.startsWith('Tenant')).map(([, id]) => JSON.stringify(id));
  }

  /** Everything of a field's objects that is no object itself, and of a page its count and its place. */
  #whole(type: GraphQLNamedType): string {
    const held = nodeOf(type);
    return held === type
      ? `{ ${this.#plain(type)} }`
      : `{ totalCount nodes { ${this.#plain(held)} } pageInfo { hasNextPage endCursor } }`;
  }

  #brief(type: GraphQLNamedType): string {
    return isLeafType(type) ? '' : nodeOf(type) === type ? '{ __typename }' : '{ nodes { id } }';
  }

  #plain(type: GraphQLNamedType): string {
    if (!isObjectType(type) && !isInterfaceType(type)) {
      return '__typename';
    }
    const names = Object.values(type.getFields()).flatMap(field => {
      const named = getNamedType(field.type);
      if (field.args.some(isRequiredArgument)) {
        return [];
      }
      return isLeafType(named) ? [field.name] : named.name === 'Money' ? [`${field.name} { amount currencyCode }`] : [];
    });
    return ['__typename', ...names].join(' ');
  }
}

function requiredOf(field: Field): GraphQLArgument[] {
  return field.args.filter(isRequiredArgument);
}

/** What the pages of a connection hold; any other type itself. */
function nodeOf(type: GraphQLNamedType): GraphQLNamedType {
  const nodes = isObjectType(type) && type.name.endsWith('Connection') ? type.getFields()['nodes'] : undefined;
  return nodes ? getNamedType(nodes.type) : type;
}
