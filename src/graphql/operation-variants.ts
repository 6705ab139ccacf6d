import {
  type DocumentNode,
  type FragmentDefinitionNode,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'graphql';
import { LRUCache } from 'lru-cache';

/**
 * An operation with the variables that decide what it asks for: which fields, by `@skip` and `@include`, and how many
 * objects. Requests that agree in these get the same one, so that what follows from it is found out once.
 */
export interface OperationVariant {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly fragments: Record<string, FragmentDefinitionNode>;
  /** The values of the first request that got it; only those that decide are the same for all others. */
  readonly variables: Record<string, unknown>;
}

/** Variants of one operation that are kept; a caller who sends a flag of each kind has a few. */
const maxVariants = 50;

/** Arguments that say how many objects a field gives. */
const sizes = new Set(['first', 'last', 'ids']);

/** Kept as long as their documents, which Apollo keeps within a limit. */
const operations = new WeakMap<DocumentNode, Map<string, Operation>>();

/** The variant of an operation; undefined when it is unknown or unclear which operation is meant. */
export function variantOf(
  document: DocumentNode,
  operationName: string | null | undefined,
  variables: Record<string, unknown> | null | undefined,
): OperationVariant | undefined {
  let byName = operations.get(document);
  if (!byName) {
    operations.set(document, (byName = new Map<string, Operation>()));
  }
  let found = byName.get(operationName ?? '');
  if (!found) {
    const operation = getOperationAST(document, operationName);
    if (!operation) {
      return undefined;
    }
    byName.set(operationName ?? '', (found = new Operation(document, operation)));
  }
  return found.variant(variables ?? {});
}

class Operation {
  readonly #fragments: Record<string, FragmentDefinitionNode>;
  /** The names of the variables that decide. */
  readonly #deciding: string[];
  readonly #variants = new LRUCache<string, OperationVariant>({ max: maxVariants });

  constructor(
    private readonly document: DocumentNode,
    private readonly operation: OperationDefinitionNode,
  ) {
    this.#deciding = [...decidingVariables(document)];
    this.#fragments = Object.fromEntries(
      document.definitions.flatMap(node => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node]] : [])),
    );
  }

  variant(variables: Record<string, unknown>): OperationVariant {
    const key = this.#deciding.map(name => keyOf(variables[name])).join();
    let variant = this.#variants.get(key);
    if (!variant) {
      variant = { document: this.document, operation: this.operation, fragments: this.#fragments, variables };
      this.#variants.set(key, variant);
    }
    return variant;
  }
}

function decidingVariables(document: DocumentNode): Set<string> {
  const names = new Set<string>();
  const collect = (node: Parameters<typeof visit>[0]) =>
    visit(node, { Variable: ({ name }) => void names.add(name.value) });
  visit(document, {
    Directive: collect,
    Argument: node => (sizes.has(node.name.value) ? collect(node) : undefined),
    // Its default is the operation's own.
    VariableDefinition: () => false,
  });
  return names;
}

/** What of a value decides: of a list its length. */
function keyOf(value: unknown): string {
  return Array.isArray(value) ? `[${value.length}]` : (JSON.stringify(value) ?? '');
}
