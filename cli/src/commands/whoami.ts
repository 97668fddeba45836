import { exchangeFolderOf } from '@vbs-lustre/shared/exchange';
import { Command } from 'commander';
import type { Io } from '../io.js';
import { toJson, toTsv } from '../output/kind.js';
import { Session } from '../session.js';
import { certificateOf } from '../settings/settings.js';

/** The user id that the service knows the user by. */
export function whoami(io: Io): Command {
  const command = new Command('whoami').description(
    'print the user id that your certificate gives',
  );
  command.option(
    '--exchange-folder',
    'print the name of your folder in the site’s exchange directory instead',
  );
  return command.action(async (options: { exchangeFolder?: true }) => {
    const session = Session.of(io, command);
    const file = certificateOf(session.settings);
    const { readUserCertificate } = await import('../settings/files.js');
    const { subject, notAfter } = readUserCertificate(file);
    const exchangeFolder = exchangeFolderOf(subject);
    const isJson = session.settings.output === 'json';
    session.print(
      isJson
        ? toJson({ subject, notAfter, exchangeFolder })
        : toTsv([options.exchangeFolder ? exchangeFolder : subject]),
    );
  });
}
