import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Where the user's configuration is: `tunnelscope/config.yaml` in XDG_CONFIG_HOME, ~/.config without (XDG Base Directory
 * Specification).
 */
export function configPath(environment: NodeJS.ProcessEnv): string {
  // "All paths set in these environment variables must be absolute", and are to be ignored where they are not.
  const given = environment.XDG_CONFIG_HOME;
  const folder = given?.startsWith('/') ? given : join(environment.HOME ?? homedir(), '.config');
  return join(folder, 'tunnelscope', 'config.yaml');
}
