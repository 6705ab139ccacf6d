/** Thrown while a plan is made, for what it does not know: the resolvers answer then. It never leaves this folder. */
export class Unplanned extends Error {}
