const day = 24 * 60 * 60 * 1000;

/** The period of all orders, fixed so that the same rows come out on any day. */
export const firstMoment = Date.UTC(2023, 0, 1);
export const lastMoment = Date.UTC(2026, 0, 1);

/** How busy each hour of a day is, from midnight on. */
const busyness = [2, 1, 1, 1, 1, 2, 3, 5, 8, 10, 12, 12, 14, 13, 11, 11, 12, 14, 15, 15, 13, 10, 6, 4];
const allDay = busyness.reduce((sum, weight) => sum + weight);

/**
 * The time, in milliseconds, that lies this share (0 to just under 1) of all orders after the beginning. It never falls
 * when the share rises, so orders made in this order have rising times and ids.
 */
export function momentOf(share: number): number {
  const days = ((lastMoment - firstMoment) / day) * share;
  const whole = Math.floor(days);
  return firstMoment + Math.floor((whole + timeOfDay(days - whole)) * day);
}

/** The part of a day that has passed when this share of the day's orders has been placed. */
function timeOfDay(share: number): number {
  let weight = share * allDay;
  let hour = 0;
  while (weight >= busyness[hour]!) {
    weight -= busyness[hour]!;
    hour += 1;
  }
  return (hour + weight / busyness[hour]!) / 24;
}

/** Years from a time to the end of the period. */
export function yearsBeforeEnd(time: number): number {
  return (lastMoment - time) / (365.25 * day);
}
