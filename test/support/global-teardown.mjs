export default () => import('./run.ts').then(run => run.endRun());
