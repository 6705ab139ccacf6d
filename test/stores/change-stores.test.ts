import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

const address = { line1: '1 Asteroid Belt', city: 'Ursa Minor', zipCode: 'UM 1', countryCode: 'us' };
const fields = 'store { id name state version address { line1 line2 zipCode country { iso2Code } } }';

let number = 0;
async function open() {
  const { store, userErrors } = await app.change('createStore', { name: `Store ${(number += 1)}`, address }, fields);
  expect(userErrors).toEqual([]);
  return store;
}
const refusalsOf = ({ userErrors }: { userErrors: { field: string | null; code: string }[] }) =>
  userErrors.map(({ field, code }) => `${field}: ${code}`);

describe('A store', () => {
  test('is opened at an address', async () => {
    expect(await open()).toMatchObject({
      state: 'ACTIVE',
      version: 1,
      address: { line1: '1 Asteroid Belt', line2: '', zipCode: 'UM 1', country: { iso2Code: 'US' } },
    });
  });

  test('is renamed, and moves to another address, while orders that were billed to the old one keep it', async () => {
    const { id } = await open();
    const renamed = await app.change('updateStore', { id, expectedVersion: 1, name: 'Renamed' }, fields);
    expect(renamed.store).toMatchObject({ name: 'Renamed', version: 2, address: { zipCode: 'UM 1' } });
    const moved = await app.change('updateStore', { id, address: { ...address, zipCode: 'UM 2' } }, fields);
    expect(moved.store).toMatchObject({ name: 'Renamed', version: 3, address: { zipCode: 'UM 2' } });
    const { store } = await app.ask(
      'query ($id: ID!) { store(id: $id) { history { nodes { version action changes { field } } } } }',
      { id },
    );
    expect(store.history.nodes.slice(0, 2)).toEqual([
      { version: 3, action: 'UPDATED', changes: [{ field: 'address' }] },
      { version: 2, action: 'UPDATED', changes: [{ field: 'name' }] },
    ]);
  });

  test('is retired for good, once', async () => {
    const { id } = await open();
    expect((await app.change('retireStore', { id }, fields)).store).toMatchObject({ state: 'RETIRED', version: 2 });
    expect((await app.change('retireStore', { id }, fields)).store).toMatchObject({ state: 'RETIRED', version: 2 });
  });

  test.each([
    ['a blank name', { name: ' ' }, ['name: REQUIRED']],
    ['a name that another has', { name: 'Milliways' }, ['name: NAME_TAKEN']],
    ['a name without end', { name: 'x'.repeat(201) }, ['name: TOO_LONG']],
    ['an address without a street', { address: { ...address, line1: '' } }, ['address.line1: REQUIRED']],
    [
      'a country that is none',
      { address: { ...address, countryCode: 'XX' } },
      ['address.countryCode: UNKNOWN_COUNTRY'],
    ],
    [
      'several problems',
      { name: '', address: { ...address, city: ' ', zipCode: '' } },
      ['name: REQUIRED', 'address.city: REQUIRED', 'address.zipCode: REQUIRED'],
    ],
  ])('with %s is refused, when it is opened and when it is changed', async (_what, changes, refusals) => {
    expect(
      refusalsOf(await app.change('createStore', { name: `Store ${(number += 1)}`, address, ...changes })),
    ).toEqual(refusals);
    const { id } = await open();
    expect(refusalsOf(await app.change('updateStore', { id, ...changes }))).toEqual(refusals);
  });

  test.each(['name', 'address'])('cannot lose its %s', async field => {
    const { id } = await open();
    expect(refusalsOf(await app.change('updateStore', { id, [field]: null }))).toEqual([`${field}: REQUIRED`]);
  });

  test.each(['updateStore', 'retireStore'])(
    'that there is not, or that was changed, is refused by %s',
    async mutation => {
      const unknown = 'Store_00000000-0000-7000-8000-000000000000';
      expect(refusalsOf(await app.change(mutation, { id: unknown }))).toEqual(['id: UNKNOWN_STORE']);
      const { id } = await open();
      const { store, userErrors } = await app.change(mutation, { id, expectedVersion: 2 }, fields);
      expect(userErrors).toMatchObject([{ code: 'VERSION_CONFLICT', currentVersion: 1 }]);
      expect(store).toMatchObject({ id, version: 1 });
    },
  );
});
