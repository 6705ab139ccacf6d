// Jest would compile TypeScript here for `require`, which a project of ES modules has not; Node's own import does it.
export default () => import('./run.ts').then(run => run.startRun());
