import type { ApolloServerPlugin } from '@apollo/server';
import {
  type FieldNode,
  getDirectiveValues,
  getNamedType,
  type GraphQLError,
  GraphQLIncludeDirective,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  valueFromAST,
} from 'graphql';
import type { RequestContext } from '../context.js';
import { forbidden, unauthenticated } from '../errors.js';
import type { Permission } from '../permissions.js';
import type { Viewer } from '../viewer.js';
import { refusal } from './format-error.js';
import { type OperationVariant, variantOf } from './operation-variants.js';
import { INHERITED, type Requirement } from './requires.js';

/** Refuses operations that ask for anything that the viewer may not, before any of it is done. */
export function permissionCheck(): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: async () => ({
      didResolveOperation: async ({ schema, document, request, operationName, contextValue }) =>
        checkPermissions(schema, variantOf(document, operationName, request.variables), contextValue.viewer),
    }),
  };
}

/**
 * Refuses an operation that asks for anything that the viewer may not. It is looked at as a whole and before it is
 * executed: so a mutation whose answer is refused does nothing, and no row costs a check of its own.
 * @throws GraphQLError UNAUTHENTICATED or FORBIDDEN, with the fields that are refused
 */
export function checkPermissions(schema: GraphQLSchema, variant: OperationVariant | undefined, viewer: Viewer): void {
  if (!variant) {
    return; // It is unknown or unclear which is meant; others say so.
  }
  const refused = needsOf(schema, variant)
    .filter(({ permission }) => permission === undefined || !viewer.permissions.has(permission))
    .map(({ field }) => field);
  if (refused.length > 0) {
    throw notAllowed(viewer, refused);
  }
}

/** The refusal of fields that a viewer may not ask for. */
export function notAllowed({ user }: Viewer, fields: readonly string[]): GraphQLError {
  return user ? refusal(forbidden(user.role, fields), 403) : refusal(unauthenticated(fields), 401);
}

/** A field that an operation asks for, and the permission without which it is refused; undefined where nobody has it. */
interface Need {
  field: string;
  permission: Permission | undefined;
}

/** What variants of operations need, since a walk over one takes as long as many of its executions. */
const needs = new WeakMap<OperationVariant, readonly Need[]>();

function needsOf(schema: GraphQLSchema, variant: OperationVariant): readonly Need[] {
  let found = needs.get(variant);
  if (!found) {
    found = new Walk(schema, variant, valuesOf(schema, variant.operation, variant.variables)).run();
    needs.set(variant, found);
  }
  return found;
}

/** The variables that directives may ask for, with the defaults of those that were left out. */
function valuesOf(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Record<string, unknown> | null | undefined,
): Record<string, unknown> {
  const defaults = variableDefinitions.flatMap(({ variable, defaultValue }) =>
    defaultValue ? [[variable.name.value, valueFromAST(defaultValue, schema.getType('Boolean') as never)]] : [],
  );
  return { ...Object.fromEntries(defaults), ...variables };
}

type Parent = GraphQLObjectType | GraphQLInterfaceType;

/** One walk over an operation. */
class Walk {
  /** By field, so that each is told once. */
  readonly #needs = new Map<string, Need>();
  /** Fragments that were looked at, each once for what was open where it is spread. */
  readonly #seen = new Set<string>();

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly variant: OperationVariant,
    private readonly variables: Record<string, unknown>,
  ) {}

  run(): readonly Need[] {
    const { operation } = this.variant;
    this.#selections(operation.selectionSet, this.schema.getRootType(operation.operation) ?? undefined, []);
    return [...this.#needs.values()];
  }

  #selections(set: SelectionSetNode, parent: Parent | undefined, open: readonly Permission[]): void {
    for (const node of set.selections) {
      if (this.#isIncluded(node)) {
        this.#selection(node, parent, open);
      }
    }
  }

  #selection(node: SelectionNode, parent: Parent | undefined, open: readonly Permission[]): void {
    if (node.kind === Kind.FIELD) {
      this.#field(node, parent, open);
    } else if (node.kind === Kind.INLINE_FRAGMENT) {
      this.#selections(
        node.selectionSet,
        node.typeCondition ? this.#type(node.typeCondition.name.value) : parent,
        open,
      );
    } else {
      const key = [node.name.value, ...open].join();
      const fragment = this.variant.fragments[node.name.value];
      if (fragment && !this.#seen.has(key)) {
        this.#seen.add(key);
        this.#selections(fragment.selectionSet, this.#type(fragment.typeCondition.name.value), open);
      }
    }
  }

  #field({ name: { value: name }, selectionSet }: FieldNode, parent: Parent | undefined, open: readonly Permission[]) {
    const field = parent?.getFields()[name];
    if (!parent || !field) {
      return; // `__typename`, or introspection, which has a setting of its own.
    }
    const permission = permissionOf(parent, name);
    const { opens = [] } = field.extensions as Requirement;
    if (permission === undefined || !(permission === INHERITED || open.includes(permission))) {
      const need = { field: `${parent.name}.${name}`, permission };
      this.#needs.set(need.field, need);
    }
    const type = getNamedType(field.type);
    if (selectionSet) {
      const below = opens.length > 0 ? [...new Set([...open, ...opens])].sort() : open;
      this.#selections(selectionSet, isObjectType(type) || isInterfaceType(type) ? type : undefined, below);
    }
  }

  #type(name: string): Parent | undefined {
    const type = this.schema.getType(name);
    return isObjectType(type) || isInterfaceType(type) ? type : undefined;
  }

  #isIncluded(node: SelectionNode): boolean {
    if (!node.directives?.length) {
      return true;
    }
    const skip = getDirectiveValues(GraphQLSkipDirective, node, this.variables);
    const include = getDirectiveValues(GraphQLIncludeDirective, node, this.variables);
    return skip?.['if'] !== true && include?.['if'] !== false;
  }
}

/** What a field needs: what it says itself, else what its type says. */
export function permissionOf(parent: Parent, fieldName: string): Requirement['permission'] {
  const own = parent.getFields()[fieldName]!.extensions as Requirement;
  return own.permission ?? (parent.extensions as Requirement).permission;
}
