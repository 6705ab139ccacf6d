import { type RefusedRow, shown } from './refusal.js';
import type { Claim } from './claims.js';

/** A value that only one object may have, and a line that gives it. */
export interface ClaimRow {
  line: number;
  code: Claim['code'];
  key: string;
  value: string;
  /** Whether an object in the database has it. */
  taken: boolean;
}

/** A line that is imported only if another one is. A line that needs several takes any of them. */
export interface NeedRow {
  line: number;
  needed: number;
  value: string;
}

/** What a line takes of goods that do not suffice for the whole batch. */
export interface DemandRow {
  line: number;
  /** The product and where it lies. */
  place: string;
  /** The SKU. */
  value: string;
  quantity: number;
  /** How much was there before the batch. */
  available: number;
}

/**
 * Decides which of the lines that stand in each other's way are imported, as if they came one by one: a line that is
 * refused, for whatever reason, takes nothing from those after it.
 * @param refusedBefore lines that are refused already
 */
export function decide(
  refusedBefore: ReadonlySet<number>,
  contested: { claims: readonly ClaimRow[]; needs: readonly NeedRow[]; demands: readonly DemandRow[] },
): RefusedRow[] {
  const claims = byLine(contested.claims);
  const needs = byLine(contested.needs);
  const demands = byLine(contested.demands);
  const owners = new Map<string, number>();
  const taken = new Map<string, number>();
  const refused = new Map<number, RefusedRow>();

  const reasonAgainst = (line: number): Omit<RefusedRow, 'line'> | undefined => {
    const own = claims.get(line) ?? [];
    const keys = own.map(keyOf);
    for (const [index, claim] of own.entries()) {
      const owner = owners.get(keys[index]!) ?? (keys.indexOf(keys[index]!) < index ? line : undefined);
      if (claim.taken || owner !== undefined) {
        return { code: claim.code, message: duplicate(claim, owner) };
      }
    }
    const needed = needs.get(line) ?? [];
    if (needed.length > 0 && needed.every(need => refused.has(need.needed) || refusedBefore.has(need.needed))) {
      const message = `${shown(needed[0]!.value)} stands on line ${needed[0]!.needed}, which is refused; import that one first.`;
      return { code: 'UNKNOWN_CUSTOMER', message };
    }
    for (const { place, value, quantity, available } of demands.get(line) ?? []) {
      const left = available - (taken.get(place) ?? 0);
      if (quantity > left) {
        const message = `The order takes ${quantity} of ${shown(value)}, and ${left} are there; add stock, or import it as completed or cancelled.`;
        return { code: 'INSUFFICIENT_STOCK', message };
      }
    }
    return undefined;
  };

  const lines = [...new Set([...claims.keys(), ...needs.keys(), ...demands.keys()])].sort((a, b) => a - b);
  for (const line of lines) {
    const reason = refusedBefore.has(line) ? undefined : reasonAgainst(line);
    if (reason) {
      refused.set(line, { line, ...reason });
    } else if (!refusedBefore.has(line)) {
      claims.get(line)?.forEach(claim => owners.set(keyOf(claim), line));
      demands.get(line)?.forEach(({ place, quantity }) => taken.set(place, (taken.get(place) ?? 0) + quantity));
    }
  }
  return [...refused.values()];
}

function keyOf({ code, key }: ClaimRow): string {
  return `${code} ${key}`;
}

function duplicate({ code, value }: ClaimRow, owner: number | undefined): string {
  const what = {
    DUPLICATE_ID: 'id',
    DUPLICATE_EMAIL: 'email',
    DUPLICATE_TELEPHONE: 'telephone',
    DUPLICATE_NAME: 'name',
    DUPLICATE_SKU: 'SKU',
  }[code];
  const who = owner === undefined ? 'The database has' : `Line ${owner} has`;
  return `${who} the ${what} ${shown(value)} already; give another, or leave the line out.`;
}

function byLine<Row extends { line: number }>(rows: readonly Row[]): Map<number, Row[]> {
  const lines = new Map<number, Row[]>();
  for (const row of rows) {
    const same = lines.get(row.line);
    if (same) {
      same.push(row);
    } else {
      lines.set(row.line, [row]);
    }
  }
  return lines;
}
