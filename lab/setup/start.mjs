// npm start: makes the checkout ready and runs the main job.
import { prepare } from './prepare.mjs';

await prepare('lab');
await import('../dist/main.js');
