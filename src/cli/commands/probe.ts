/** `tunnelscope probe FROM TO`: the way tried, instead of waiting for traffic. */
import { type Command, Option } from 'commander';
import type { Done } from '../command-line.ts';
import { collect, parseNumber } from '../flag-values.ts';
import { GROUP, withExamples } from '../help.ts';
import { HOST_ROOT, USER } from '../input-options.ts';
import type { ProbeOptions } from './probe/run-probe.ts';

export function addProbe(program: Command, done: Done): void {
  const command = program.command('probe');
  withExamples(command, [
    ['sudo tunnelscope probe h1-ns1 h2-ns1', 'from one network namespace to another'],
    [
      'sudo tunnelscope probe pod:shop/web-0 container:db --tcp 5432',
      'a pod and a container; a connection too',
    ],
    ['tunnelscope probe ssh://node1 ssh://node2 --at ssh://router/any -T json', 'hosts, and one between'],
  ]);
  command
    .summary('try the way from one end to another')
    .description(
      'Sends pings of several sizes from FROM to TO, and connections and queries where asked, captures at all points between, and says what passes, up to which size, where it ends, and why. Says before what it will send, and sends to TO alone. Exit code: 0 if all is well, 1 if not, 2 if it could not be carried out.',
    )
    .argument(
      '<from>',
      'a network namespace (name, process, path), pod:NAMESPACE/NAME, container:NAME, or ssh://HOST',
    )
    .argument('<to>', 'the same, or an address')
    .optionsGroup(GROUP.capture)
    .option('--at <point>', 'look here too, as -i takes it; repeatable', collect)
    .option(...HOST_ROOT)
    .option(...USER)
    .optionsGroup(GROUP.network)
    .option('--address <address>', 'the address of TO, where it has several (default: its first)')
    .option('--tcp <port>', 'connect to this port of TO too', parseNumber('--tcp', 1, 65_535))
    .option('--dns <name>', 'ask TO for this name too (UDP port 53)')
    .option('--wait <seconds>', 'for each answer (default: 1)', parseNumber('--wait', 1, 60))
    .optionsGroup(GROUP.print)
    .addOption(new Option('-T, --format <format>', '(default: text)').choices(['text', 'json']))
    .option('--json', 'the same as -T json')
    .optionsGroup(GROUP.write)
    .option('--junit <file>', 'write the result as JUnit XML too; on failure, the reason')
    .action(async (from: string, to: string, _flags: unknown, command: Command) => {
      const { probe } = await import('./probe/run-probe.ts');
      done(await probe(from, to, command.optsWithGlobals<ProbeOptions>()));
    });
}
