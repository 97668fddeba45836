import type { AdminClient, VBSLustreClient } from '@vbs-lustre/client';
import type { Command } from 'commander';
import { type Io, isColoured } from './io.js';
import { type Kind, showOne } from './output/kind.js';
import { type Pages, showPages } from './output/pages.js';
import { type Flags, forConnection, readSettings, type Settings } from './settings/settings.js';

/** What a command works with: its settings, and where its output goes. */
export class Session {
  readonly io: Io;
  readonly settings: Settings;

  constructor(io: Io, settings: Settings) {
    this.io = io;
    this.settings = settings;
  }

  /** Of the command as it was given. @throws {UsageError} */
  static of(io: Io, command: Command): Session {
    return new Session(io, readSettings(command.optsWithGlobals<Flags>(), io.env));
  }

  /** A client of the front ends. @throws {UsageError} */
  async connect(): Promise<VBSLustreClient> {
    const connection = forConnection(this.settings);
    // What it needs takes a while to load, which help and completion need not wait for.
    const { connectFrontEnds } = await import('./connect.js');
    return connectFrontEnds(connection);
  }

  /** As {@link connect}, for administrators. @throws {UsageError} */
  async connectAsAdmin(): Promise<AdminClient> {
    const connection = forConnection(this.settings);
    const { connectAdministration } = await import('./connect.js');
    return connectAdministration(connection);
  }

  print(text: string): void {
    this.io.stdout.write(text);
  }

  show<T>(kind: Kind<T>, item: T): void {
    this.print(showOne(kind, item, this.settings.output, isColoured(this.io)));
  }

  /** Prints each page when it is there. */
  async showPages<T>(kind: Kind<T>, pages: Pages<T>): Promise<void> {
    const texts = showPages(kind, pages, this.settings.output, isColoured(this.io));
    for await (const text of texts) this.print(text);
  }
}
