/** The system's `ssh`, with the user's own keys and configuration. */
import { SCRIPT_LINE } from './capture-script.ts';
import type { SshPoint } from './point-name.ts';

/**
 * What would keep a stream of bytes from being one, whatever the user's configuration says for sessions: terminals, a command, forwardings,
 * whose ports several sessions would want at once. A host that is gone is noticed after a quarter of a minute; TCP alone takes hours.
 */
const OPTIONS = [
  'RequestTTY=no',
  'RemoteCommand=none',
  'PermitLocalCommand=no',
  'ClearAllForwardings=yes',
  'ForwardAgent=no',
  'ForwardX11=no',
  'StdinNull=no',
  'ForkAfterAuthentication=no',
  'SessionType=default',
  'ServerAliveInterval=5',
  'ServerAliveCountMax=3',
];

/**
 * Program and arguments that start something on a host.
 *
 * @param line for the login shell there; default: the capture script's
 */
export function sshWords({ user, host, port }: SshPoint, line = SCRIPT_LINE): string[] {
  return [
    'ssh',
    ...OPTIONS.flatMap((option) => ['-o', option]),
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    '--',
    host,
    line,
  ];
}
