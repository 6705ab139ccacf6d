import {
  getNamedType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  isUnionType,
} from 'graphql';

/** Values of arguments. */
export type Values = Record<string, unknown>;
type Input = GraphQLArgument | GraphQLInputField;

/** Values for what is required and no id, by the field's name or else by its type. */
const byName: Values = {
  currencyCode: 'USD',
  countryCode: 'GB',
  iso2Code: 'GB',
  email: 'somebody@cottington.example',
  contact: 'somebody@cottington.example',
  url: '/somewhere',
  language: 'en',
  price: '1',
  confirm: true,
  quantity: 1,
  reason: 'mice',
};
const byType: Values = {
  String: 'something',
  Int: 1,
  Boolean: true,
  Float: 1,
  Decimal: '1',
  DateTime: '2026-01-01T00:00:00Z',
  Date: '2026-01-01',
};

function isRequired(field: Input): boolean {
  return 'defaultValue' in field && field.defaultValue !== undefined
    ? false
    : isRequiredInputField(field) || isRequiredArgument(field);
}

function valueOf(name: string, type: GraphQLInputType): unknown {
  if (isNonNullType(type)) {
    return valueOf(name, type.ofType);
  }
  if (isListType(type)) {
    return [valueOf(name, type.ofType)];
  }
  if (isInputObjectType(type)) {
    return Object.fromEntries(
      Object.values(type.getFields())
        .filter(isRequired)
        .map(field => [field.name, valueOf(field.name, field.type)]),
    );
  }
  if (isEnumType(type)) {
    return type.getValues()[0]!.name;
  }
  // An id that nothing has: where it stands, nobody is found, whatever else is right.
  return getNamedType(type).name === 'ID'
    ? 'Order_00000000-0000-7000-8000-000000000000'
    : (byName[name] ?? byType[getNamedType(type).name]);
}

/** Every way to put an id into arguments: each place of an id by itself, and beside it what is required. */
export function* placesOfIds(fields: readonly Input[], depth = 0): Generator<(id: string) => Values> {
  const required = () =>
    Object.fromEntries(fields.filter(isRequired).map(({ name, type }) => [name, valueOf(name, type)]));
  for (const { name, type } of fields) {
    const named = getNamedType(type);
    const wrap = (value: unknown) => (isListType(isNonNullType(type) ? type.ofType : type) ? [value] : value);
    if (named.name === 'ID') {
      yield id => ({ ...required(), [name]: wrap(id) });
    } else if (isInputObjectType(named) && depth < 4) {
      for (const inner of placesOfIds(Object.values(named.getFields()), depth + 1)) {
        yield id => ({ ...required(), [name]: wrap(inner(id)) });
      }
    }
  }
}

/** All plain fields of a type, and those of what it holds a few levels down, without arguments that are required. */
export function selectionOf(field: GraphQLField<unknown, unknown>, depth = 0): string {
  const type = getNamedType(field.type);
  if (isUnionType(type) || isInterfaceType(type)) {
    return '{ __typename ... on Node { id } }';
  }
  if (!isObjectType(type)) {
    return '';
  }
  const inner = Object.values(type.getFields())
    .filter(({ args }) => !args.some(isRequiredArgument))
    .filter(({ type: held }) => depth < 2 || !isObjectType(getNamedType(held)))
    .map(held => `${held.name} ${selectionOf(held, depth + 1)}`);
  return `{ __typename ${inner.join(' ')} }`;
}

/** The values of arguments that are required, none of them an id of anything. */
export function requiredValues(field: GraphQLField<unknown, unknown>): Values {
  return Object.fromEntries(field.args.filter(isRequired).map(({ name, type }) => [name, valueOf(name, type)]));
}

/** A query or mutation of one field under the name `answer`, with those of its arguments that have values. */
export function callOf(
  kind: 'query' | 'mutation',
  field: GraphQLField<unknown, unknown>,
  values: Values,
  selection = selectionOf(field),
): string {
  const variables = field.args.filter(({ name }) => name in values);
  const definitions = variables.map(({ name, type }) => `$${name}: ${String(type)}`).join(', ');
  const given = variables.map(({ name }) => `${name}: $${name}`).join(', ');
  return `${kind} ${definitions && `(${definitions})`} { answer: ${field.name} ${given && `(${given})`} ${selection} }`;
}
