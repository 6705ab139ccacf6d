/** An amount in decimals, from whole cents. */
export function moneyOf(cents: number): string {
  return (cents / 100).toFixed(2);
}
