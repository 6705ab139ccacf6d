import { jest } from '@jest/globals';

/**
 * Stops the clock by which processes of this test tell how old is what they keep, until the test restores all mocks: so who
 * hears of a change has been notified of it.
 */
export function stopClock(): void {
  jest.spyOn(performance, 'now').mockReturnValue(performance.now());
}
