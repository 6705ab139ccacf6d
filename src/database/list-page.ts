import { encodeCursor } from './cursor.js';

/** A row of a page with its place in the list. */
export interface Edge<Item> {
  node: Item;
  readonly cursor: string;
}

/**
 * One page of a list, in the shape of a Relay connection. What costs something, cursors and the count, is made when it
 * is asked for.
 */
export class ListPage<Item extends object> {
  #totalCount: Promise<number> | undefined;

  constructor(
    readonly nodes: readonly Item[],
    private readonly order: { name: string; properties: readonly string[] },
    private readonly more: { hasNextPage: boolean; hasPreviousPage: boolean },
    private readonly count: () => Promise<number>,
  ) {}

  get edges(): Edge<Item>[] {
    const cursorOf = (item: Item) => this.#cursor(item);
    return this.nodes.map(node => ({
      node,
      get cursor() {
        return cursorOf(node);
      },
    }));
  }

  get pageInfo(): {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
  } {
    const [first, last] = [this.nodes[0], this.nodes.at(-1)];
    return {
      ...this.more,
      startCursor: first ? this.#cursor(first) : null,
      endCursor: last ? this.#cursor(last) : null,
    };
  }

  totalCount(): Promise<number> {
    return (this.#totalCount ??= this.count());
  }

  #cursor(item: Item): string {
    return encodeCursor(
      this.order.name,
      this.order.properties.map(property => item[property as keyof Item]),
    );
  }
}
