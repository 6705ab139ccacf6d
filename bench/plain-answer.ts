/** Fields that are lists in the API's answers. */
const lists = [
  'items',
  'shippingAddresses',
  'countsByBillingZip',
  'countsByShippingZip',
  'inStorePurchasesByHour',
  'topInStoreCustomers',
];

/** Fields that are money in the API's answers. */
const amounts = ['unitPrice', 'lineTotal', 'price'];

/**
 * An answer in the API's form, of a contender whose amounts stand beside their currency and whose lists are connections,
 * or the other way round, with a link between two tables in place of what it links to.
 */
export function plainAnswer(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(plainAnswer);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const { currencyCode, ...fields } = value as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(fields).map(([name, inner]) => [name, plainField(name, inner, currencyCode)]),
  );
}

function plainField(name: string, value: unknown, currencyCode: unknown): unknown {
  if (amounts.includes(name)) {
    return { amount: value, currencyCode };
  }
  if (name === 'orders' && Array.isArray(value)) {
    return { nodes: plainAnswer(value) };
  }
  if (!lists.includes(name)) {
    return plainAnswer(value);
  }
  const rows = (value as { nodes?: object[] }).nodes ?? (value as object[]);
  return rows.map(row => plainAnswer('address' in row ? row.address : row));
}
