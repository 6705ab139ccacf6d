import {
  execute,
  type ExecutionResult,
  getVariableValues,
  type GraphQLError,
  type GraphQLSchema,
  isNonNullType,
  Kind,
  locatedError,
} from 'graphql';
import type { RequestContext } from '../context.js';
import type { OperationVariant } from '../graphql/operation-variants.js';
import { attempt } from './attempt.js';
import { JsonText } from './json-text.js';
import { type SelectedField, selectRoot } from './selection.js';
import { type RootStatement, writeRoot } from './write-root.js';

/** What a field of the query gave. */
interface Answer {
  key: string;
  /** The field's value as JSON; undefined when nothing may be given because of an error. */
  text: string | undefined;
  errors: readonly GraphQLError[];
}

/** A field of the query with the statement that reads it; without one where the resolvers have to. */
interface Written {
  field: SelectedField;
  statement: RootStatement | 'typename' | undefined;
}

type Planned = Written & { statement: RootStatement | 'typename' };

/**
 * Reads each field of a query by one statement that gives its JSON as it is sent. Fields that cannot be read so are left
 * to the resolvers, with all that is below them.
 */
export class OperationPlan {
  private constructor(
    private readonly schema: GraphQLSchema,
    private readonly variant: OperationVariant,
    private readonly fields: readonly SelectedField[],
  ) {}

  /** The plan of a query; undefined for one that asks about the schema. */
  static of(schema: GraphQLSchema, variant: OperationVariant): OperationPlan | undefined {
    const { operation, variables: given } = variant;
    // With the defaults of those that were left out, by which directives decide too.
    const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], given);
    const selected = { schema, ...variant, variables: coerced ?? given };
    return attempt(() => new OperationPlan(schema, variant, selectRoot(selected, operation)));
  }

  /** Answers the query; undefined when the resolvers have to answer all of it. */
  async run(
    context: RequestContext,
    given: Record<string, unknown> | null | undefined,
  ): Promise<ExecutionResult | undefined> {
    const variables = this.coerce(given);
    if (!variables) {
      return undefined; // What is wrong is said by whoever executes it.
    }
    const written = this.#write(context, variables);
    const others = written.flatMap(({ field, statement }) => (statement ? [] : [field]));
    if (others.length === this.fields.length) {
      return undefined;
    }
    const planned = written.filter(isPlanned);
    const [answers, resolved] = await Promise.all([
      Promise.all(planned.map(one => read(one, context))),
      this.#resolve(others, context, given),
    ]);
    return this.#join([...answers, ...resolved]);
  }

  /** Answers the query by its statements alone; undefined when the resolvers have to answer some of it. */
  async runWhole(context: RequestContext, variables: Record<string, unknown>): Promise<ExecutionResult | undefined> {
    const written = this.#write(context, variables);
    return written.every(isPlanned) ? this.#join(await Promise.all(written.map(one => read(one, context)))) : undefined;
  }

  /** The values of the query's variables; undefined when they do not fit. */
  coerce(given: Record<string, unknown> | null | undefined): Record<string, unknown> | undefined {
    return getVariableValues(this.schema, this.variant.operation.variableDefinitions ?? [], given ?? {}).coerced;
  }

  #write(context: RequestContext, variables: Record<string, unknown>): Written[] {
    return this.fields.map(field => ({
      field,
      statement: field.definition ? attempt(() => writeRoot(field, context, variables)) : 'typename',
    }));
  }

  /** Lets the resolvers answer some of the fields. */
  async #resolve(
    fields: readonly SelectedField[],
    context: RequestContext,
    variables: Record<string, unknown> | null | undefined,
  ): Promise<Answer[]> {
    if (fields.length === 0) {
      return [];
    }
    const { operation, fragments } = this.variant;
    const selections = fields.flatMap(({ nodes }) => nodes);
    const { data, errors = [] } = await execute({
      schema: this.schema,
      document: {
        kind: Kind.DOCUMENT,
        definitions: [
          { ...operation, selectionSet: { kind: Kind.SELECTION_SET, selections } },
          ...Object.values(fragments),
        ],
      },
      contextValue: context,
      variableValues: variables,
    });
    return fields.map(({ key }, index) => ({
      key,
      text: data ? JSON.stringify(data[key]) : undefined,
      errors: index === 0 ? errors : [],
    }));
  }

  #join(answers: readonly Answer[]): ExecutionResult {
    const texts = new Map(answers.map(({ key, text }) => [key, text]));
    const errors = answers.flatMap(answer => answer.errors);
    const fields = this.fields.map(({ key }) => ({ key, text: texts.get(key) }));
    // Where a field has to have a value and has none, GraphQL gives nothing at all.
    const data = fields.some(({ text }) => text === undefined)
      ? null
      : new JsonText(`{${fields.map(({ key, text }) => `"${key}":${text}`).join(',')}}`);
    return { ...(errors.length > 0 && { errors }), data: data as ExecutionResult['data'] };
  }
}

function isPlanned(written: Written): written is Planned {
  return written.statement !== undefined;
}

async function read({ field, statement }: Planned, { reader }: RequestContext): Promise<Answer> {
  const { key } = field;
  if (statement === 'typename') {
    return { key, text: '"Query"', errors: [] };
  }
  try {
    const rows = await reader.json(reader.fill(statement.text), statement.values);
    return { key, text: statement.toJson(rows), errors: [] };
  } catch (error) {
    const errors = [locatedError(error, field.nodes, [key])];
    return { key, text: isNonNullType(field.type) ? undefined : 'null', errors };
  }
}
