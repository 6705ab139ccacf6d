import { firstMoment } from './calendar.js';
import { Random } from './random.js';
import type { Volumes } from './volumes.js';
import { goods, materials, qualities } from './words.js';

/** Seeds of the random numbers of each kind of row. */
const kinds = { address: 1, customer: 2, store: 3, product: 4, order: 5, household: 6 };

/** A product, as orders need to know it. */
export interface LoadProduct {
  id: string;
  name: string;
  cents: number;
}

/** A shop of some size, made from a random seed: what rows of one table need to know of another's. */
export class Shop {
  /** Few enough to keep; all else is made when it is asked for. */
  readonly products: LoadProduct[];
  readonly storeIds: string[];

  constructor(
    readonly randomSeed: number,
    readonly volumes: Volumes,
  ) {
    this.products = Array.from({ length: volumes.products }, (_, number) => this.makeProduct(number));
    this.storeIds = Array.from({ length: volumes.stores }, (_, number) => this.idOf('store', number));
  }

  /** The random numbers of a row, from their beginning. */
  random(kind: keyof typeof kinds, number: number): Random {
    return new Random(this.randomSeed, kinds[kind], number);
  }

  /** The id of any row but an order's. */
  idOf(kind: 'address' | 'customer' | 'store' | 'product', number: number): string {
    return this.random(kind, number).uuid(firstMoment + number);
  }

  /** All addresses: homes, then offices, then those of stores. */
  get addresses(): number {
    return this.volumes.homes + this.volumes.offices + this.volumes.stores;
  }

  /** The number of a store's address. */
  storeAddress(store: number): number {
    return this.volumes.homes + this.volumes.offices + store;
  }

  /** The numbers of a customer's addresses; the second only for those who have goods sent to an office. */
  customerAddresses(customer: number): { home: number; office: number | undefined } {
    const { homes, offices, customers } = this.volumes;
    const random = this.random('household', customer);
    return {
      home: Math.floor((customer / customers) * homes),
      office: random.chance(0.3) ? homes + random.lowBelow(offices) : undefined,
    };
  }

  private makeProduct(number: number): LoadProduct {
    const quality = qualities[number % qualities.length]!;
    const material = materials[Math.floor(number / qualities.length) % materials.length]!;
    const good = goods[Math.floor(number / (qualities.length * materials.length)) % goods.length]!;
    return {
      id: this.idOf('product', number),
      name: `${quality} ${material} ${good}`,
      cents: 199 + this.random('product', number).lowBelow(40_000),
    };
  }
}
