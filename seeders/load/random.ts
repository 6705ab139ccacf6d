/**
 * Numbers that are the same for the same seeds, by sfc32 of Chris Doty-Humphrey's PractRand: small, fast, and good at
 * all but secrets. Each row has numbers of its own, seeded by its table and number, so that any row can be made again
 * without those before it: an order knows its customer's id without a list of customers.
 */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  constructor(randomSeed: number, table: number, row: number) {
    [this.a, this.b, this.c] = [randomSeed, table, row];
    // Seeds that lie close together take a few rounds to part.
    for (let round = 0; round < 12; round += 1) {
      this.next();
    }
  }

  /** A whole number of 32 bits. */
  next(): number {
    const result = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + result) | 0;
    return result >>> 0;
  }

  /** A number from 0 to just under 1. */
  fraction(): number {
    return this.next() / 2 ** 32;
  }

  /** A whole number from 0 to just under the limit, each as likely. */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit);
  }

  /** A whole number from 0 to just under the limit, low ones more often, as some customers and goods are more popular. */
  lowBelow(limit: number): number {
    return Math.floor(this.fraction() ** 1.5 * limit);
  }

  /** True as often as the probability says. */
  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** One of the items, each as likely. */
  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.below(items.length)]!;
  }

  /** A UUIDv7 of a time in milliseconds. */
  uuid(time: number): string {
    const [a, b, c] = [hex(this.next(), 8), hex(this.next(), 8), this.next()];
    const stamp = hex(time, 12);
    const variant = '89ab'[c & 3];
    return `${stamp.slice(0, 8)}-${stamp.slice(8)}-7${a.slice(0, 3)}-${variant}${a.slice(3, 6)}-${b}${hex(c >>> 16, 4)}`;
  }
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
