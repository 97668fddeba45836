#!/usr/bin/env node
import { run } from './run.js';

await run('ec2-describe-snapshot-attribute');
