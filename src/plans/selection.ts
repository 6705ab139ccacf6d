import {
  type ArgumentNode,
  BREAK,
  type FieldNode,
  type FragmentDefinitionNode,
  getArgumentValues,
  getNamedType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  visit,
} from 'graphql';
import { collectFields, collectSubfields } from 'graphql/execution/collectFields.js';
import type { PlanExtension, Planner } from './planned.js';
import type { Fragment } from './statement-writer.js';
import { Unplanned } from './unplanned.js';
import type { RootRead } from './write-root.js';

/** An operation as far as it does not depend on who sends it: what `@skip` and `@include` leave is decided. */
export interface SelectedOperation {
  schema: GraphQLSchema;
  fragments: Record<string, FragmentDefinitionNode>;
  /** Values of the variables that directives ask for; others may be there and are not looked at. */
  variables: Record<string, unknown>;
}

/** A field that is asked for, all places where it is asked for under one name taken together. */
export class SelectedField {
  readonly plan: Planner | undefined;
  /** What was written for it, and for what is below it by type. */
  readonly fragments = new Map<GraphQLObjectType | undefined, Fragment>();
  /** What reads it, if it stands at the top of the query and none of it depends on a request. */
  rootRead: RootRead | undefined;
  /** Whether its arguments are told by variables. */
  readonly hasVariables: boolean;
  /** What is asked for below it, by type; kept, since an operation is planned again and again. */
  readonly #below = new Map<GraphQLObjectType, SelectedField[]>();
  readonly #openers = new Map<GraphQLObjectType, readonly string[]>();

  constructor(
    /** The name under which the answer has it. */
    readonly key: string,
    /** Undefined for `__typename`. */
    readonly definition: GraphQLField<unknown, unknown> | undefined,
    readonly nodes: readonly FieldNode[],
    private readonly operation: SelectedOperation,
  ) {
    this.hasVariables = nodes[0]!.arguments?.some(asksForVariable) ?? false;
    this.plan = (definition?.extensions as PlanExtension | undefined)?.plan;
  }

  get name(): string {
    return this.nodes[0]!.name.value;
  }

  get schema(): GraphQLSchema {
    return this.operation.schema;
  }

  get type(): GraphQLOutputType {
    return this.definition!.type;
  }

  /** What stands before each of the values that are asked for of an object of a type: a brace or a comma, and the key. */
  openers(type: GraphQLObjectType): readonly string[] {
    let openers = this.#openers.get(type);
    if (!openers) {
      openers = this.below(type).map(({ key }, index) => `${index === 0 ? '{' : ','}"${key}":`);
      this.#openers.set(type, openers);
    }
    return openers;
  }

  /** The values of its arguments. */
  arguments(variables: Record<string, unknown>): Record<string, unknown> {
    const definition = this.definition!;
    return definition.args.length > 0 ? getArgumentValues(definition, this.nodes[0]!, variables) : {};
  }

  /** What is asked for of an object of its type, or of one of the types that its type stands for. */
  below(type = getNamedType(this.type) as GraphQLObjectType): SelectedField[] {
    let fields = this.#below.get(type);
    if (!fields) {
      const { schema, fragments, variables } = this.operation;
      const collected = collectSubfields(schema, fragments, variables, type, this.nodes);
      fields = toFields(collected, type, this.operation);
      this.#below.set(type, fields);
    }
    return fields;
  }
}

/** The fields that an operation asks for at its top. */
export function selectRoot(
  operation: SelectedOperation,
  { selectionSet, operation: kind }: OperationDefinitionNode,
): SelectedField[] {
  const { schema, fragments, variables } = operation;
  const root = schema.getRootType(kind)!;
  return toFields(collectFields(schema, fragments, variables, root, selectionSet), root, operation);
}

function asksForVariable(argument: ArgumentNode): boolean {
  let asks = false;
  visit(argument, { Variable: () => ((asks = true), BREAK) });
  return asks;
}

function toFields(
  collected: ReadonlyMap<string, readonly FieldNode[]>,
  type: GraphQLObjectType,
  operation: SelectedOperation,
): SelectedField[] {
  return Array.from(collected, ([key, nodes]) => {
    const name = nodes[0]!.name.value;
    const definition = type.getFields()[name];
    if (!definition && name !== '__typename') {
      throw new Unplanned(`${name} is introspection.`);
    }
    return new SelectedField(key, definition, nodes, operation);
  });
}
