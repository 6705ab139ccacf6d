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
import { type RootRead, writeRoot } from './write-root.js';

/** What a field of the query gave. */
interface Answer {
  key: string;
  /** The field's value as JSON; undefined when nothing may be given because of an error. */
  text: string | undefined;
  errors: readonly GraphQLError[];
}

/** A field of the query with what reads it; without that where the resolvers have to. */
interface Written {
  field: SelectedField;
  read: RootRead | undefined;
}

type Planned = Written & { read: RootRead };

/**
 * Reads each field of a query as the JSON that is sent, by one statement as a rule. Fields that cannot be read so are left to
 * the resolvers, with all that is below them.
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
    const others = written.flatMap(({ field, read }) => (read ? [] : [field]));
    if (others.length === this.fields.length) {
      return undefined;
    }
    const planned = written.filter(isPlanned);
    const [answers, resolved] = await Promise.all([
      Promise.all(planned.map(one => answer(one, context))),
      this.#resolve(others, context, given),
    ]);
    return this.#join([...answers, ...resolved]);
  }

  /** Answers the query by its plan alone; undefined when the resolvers have to answer some of it. */
  async runWhole(context: RequestContext, variables: Record<string, unknown>): Promise<ExecutionResult | undefined> {
    const written = this.#write(context, variables);
    return written.every(isPlanned)
      ? this.#join(await Promise.all(written.map(one => answer(one, context))))
      : undefined;
  }

  /** The values of the query's variables; undefined when they do not fit. */
  coerce(given: Record<string, unknown> | null | undefined): Record<string, unknown> | undefined {
    return getVariableValues(this.schema, this.variant.operation.variableDefinitions ?? [], given ?? {}).coerced;
  }

  #write(context: RequestContext, variables: Record<string, unknown>): Written[] {
    return this.fields.map(field => ({
      field,
      read: field.definition ? attempt(() => writeRoot(field, context, variables)) : readTypeName,
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

const readTypeName: RootRead = () => Promise.resolve('"Query"');

function isPlanned(written: Written): written is Planned {
  return written.read !== undefined;
}

async function answer({ field, read }: Planned, { reader }: RequestContext): Promise<Answer> {
  const { key } = field;
  try {
    return { key, text: await read(reader), errors: [] };
  } catch (error) {
    const errors = [locatedError(error, field.nodes, [key])];
    return { key, text: isNonNullType(field.type) ? undefined : 'null', errors };
  }
}
