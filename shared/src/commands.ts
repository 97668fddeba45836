import { channel } from 'node:diagnostics_channel';
import type { Log } from './log.js';

/** A command that was given to another program, and has ended. */
export interface Command {
  program: string;
  args: readonly unknown[];
  /** Of `performance.now()`. */
  started: number;
  /** Whether it is to change something: that is news, and looks are not. */
  isChange: boolean;
  /** Why it failed, if it did. */
  error?: string | undefined;
}

/** Whoever gives commands has no log; the service that has one listens. */
const commands = channel('vbs-lustre:command');

/** Tells that a command has ended. */
export function noteCommand(command: Command): void {
  if (commands.hasSubscribers) commands.publish(command);
}

/** Logs every command of this process from now on: those that change something at level info. */
export function logCommands(log: Log): void {
  commands.subscribe((message) => {
    const { started, isChange, ...command } = message as Command;
    const ms = Math.round(performance.now() - started);
    log.log(isChange ? 'info' : 'debug', 'command', { ...command, ms });
  });
}
