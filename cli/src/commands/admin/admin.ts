import { Command } from 'commander';
import type { Io } from '../../io.js';
import { delegates } from './delegates.js';
import { doctor } from './doctor.js';
import { drain, undrain } from './drain.js';
import { orphans } from './orphans.js';
import { quotas } from './quotas.js';
import { setQuotas } from './setQuotas.js';
import { users } from './users.js';

const COMMANDS = [users, quotas, setQuotas, delegates, drain, undrain, orphans, doctor];

/** The commands of administrators. */
export function admin(io: Io): Command {
  const command = new Command('admin').description(
    'see and do what administrators of the service may',
  );
  for (const commandOf of COMMANDS) command.addCommand(commandOf(io));
  return command;
}
