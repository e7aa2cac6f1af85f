/** Which room of src/ may import which: `npx depcruise src` says what doesn't keep to it, and so does test/architecture.test.ts. Types count too. */

/** What a room may import besides itself. */
const ROOMS = {
  text: [],
  packet: [],
  decode: ['text', 'packet'],
  host: ['text', 'packet'],
  capture: ['host', 'text', 'packet'],
  doctor: ['host', 'text', 'packet'],
  tracking: ['decode'],
  output: ['tracking', 'decode', 'text', 'packet'],
  'display-filter': ['output', 'tracking', 'decode', 'text', 'packet'],
  exchange: ['decode', 'text', 'packet'],
  finding: ['exchange', 'decode', 'text', 'packet'],
  path: ['finding', 'exchange', 'decode', 'text', 'packet'],
  table: ['capture/write', 'path', 'finding', 'exchange', 'output', 'tracking', 'decode', 'text', 'packet'],
  verdict: ['finding', 'exchange', 'display-filter', 'output', 'decode', 'text', 'packet'],
  watch: ['verdict', 'finding', 'exchange', 'decode', 'text', 'packet'],
  drawing: ['text'],
  explain: ['drawing', 'output', 'decode', 'text', 'packet'],
  probe: ['path', 'doctor', 'host', 'text', 'packet'],
  picture: [
    'path',
    'verdict',
    'explain',
    'drawing',
    'finding',
    'exchange',
    'host',
    'output',
    'decode',
    'text',
    'packet',
  ],
  snapshot: ['capture/file', 'capture/write', 'output', 'decode', 'text', 'packet'],
  library: except('cli', 'tui', 'lab', 'library', 'table', 'watch'),
  lab: except('cli', 'tui', 'library', 'lab', 'table', 'watch'),
  tui: except('cli', 'library', 'lab', 'tui', 'table', 'watch'),
  cli: except('cli'),
};

/** The same of the screen's rooms. `../context` is what they are given of the session that they don't know. */
const SCREEN = {
  keys: [],
  terminal: [],
  packets: [],
  state: ['keys', 'terminal'],
  config: ['keys', 'state', 'terminal'],
  list: ['packets', 'state', 'terminal'],
  detail: ['packets', 'state', 'terminal'],
  prompt: ['list', 'packets', 'state', 'terminal'],
  boards: ['detail', 'packets', 'state', 'keys', 'terminal'],
  status: ['boards', 'prompt', 'packets', 'state', 'keys', 'terminal'],
  spoken: ['boards', 'list', 'detail', 'status', 'state', 'keys', 'terminal'],
  components: ['boards', 'list', 'detail', 'spoken', 'status', 'state', 'keys', 'terminal'],
};

/** All rooms but some. */
function except(...others) {
  const all = [
    ...[
      'text',
      'packet',
      'decode',
      'host',
      'doctor',
      'capture',
      'tracking',
      'output',
      'display-filter',
      'exchange',
    ],
    ...[
      'finding',
      'path',
      'table',
      'probe',
      'verdict',
      'watch',
      'drawing',
      'explain',
      'picture',
      'snapshot',
      'library',
      'lab',
      'tui',
      'cli',
    ],
  ];
  return all.filter((room) => !others.includes(room));
}

/** A rule for each room of a folder: whatever else it imports there is an error. */
function onlyThese(folder, rooms, always = []) {
  return Object.entries(rooms).map(([room, others]) => ({
    name: `what ${room} may import`,
    severity: 'error',
    from: { path: `^${folder}/${room}/` },
    to: {
      path: `^${folder}/`,
      pathNot: [...[room, ...others].map((other) => `^${folder}/${other}/`), ...always],
    },
  }));
}

const TYPES_ALONE = ['type-only', 'type-import'];

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no circle', severity: 'error', from: {}, to: { circular: true } },
    // What is not found is not judged by the other rules.
    { name: 'every import is found', severity: 'error', from: {}, to: { couldNotResolve: true } },
    ...onlyThese('src', ROOMS),
    ...onlyThese('src/tui', SCREEN, ['^src/tui/context\\.ts$']),
    {
      name: 'every room has a rule',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/(index\\.ts$|(${Object.keys(ROOMS).join('|')})/)` },
      to: {},
    },
    {
      name: 'decode meets capture in the packet log’s attributes alone',
      severity: 'error',
      from: { path: '^src/decode/' },
      to: { path: '^src/packet/', pathNot: '^src/packet/nflog-attributes\\.ts$' },
    },
    {
      name: 'decode is pure',
      severity: 'error',
      from: { path: '^src/decode/' },
      to: { dependencyTypes: ['core', 'npm', 'npm-optional'] },
    },
    {
      name: 'the lab’s networks know no lessons',
      severity: 'error',
      from: { path: '^src/lab/network/' },
      to: { path: '^src/lab/lesson/' },
    },
    {
      name: 'rooms of the screen know of the session what they are given',
      severity: 'error',
      from: { path: '^src/tui/.+/' },
      to: { path: '^src/tui/context\\.ts$', dependencyTypesNot: TYPES_ALONE },
    },
    {
      name: 'run-tui.ts alone knows the session',
      severity: 'error',
      from: { pathNot: '^src/tui/run-tui\\.ts$' },
      to: { path: '^src/tui/session\\.ts$' },
    },
    {
      name: 'run-tui.ts is the screen’s only entry',
      severity: 'error',
      from: { pathNot: '^src/tui/' },
      to: { path: '^src/tui/', pathNot: '^src/tui/run-tui\\.ts$' },
    },
    {
      name: 'the screen is loaded when it is shown',
      severity: 'error',
      from: { pathNot: '^src/tui/' },
      to: { path: '^src/tui/', dynamic: false, dependencyTypesNot: TYPES_ALONE },
    },
    {
      name: 'the screen alone has Ink and React',
      severity: 'error',
      from: { pathNot: '^src/tui/' },
      to: { path: '^node_modules/(ink|react)/' },
    },
    {
      // They are optional: an import of the package itself would fail at start where it is missing.
      name: 'koffi and cap are loaded by name',
      severity: 'error',
      from: {},
      to: { path: '^node_modules/(koffi|cap)/', dependencyTypesNot: TYPES_ALONE },
    },
    {
      // koffi.ts loads koffi (out of a single executable too), cap.ts finds cap for its child, duckdb.ts loads DuckDB where that is, and privileges.ts hands
      // `require` to what the child runs too.
      name: 'who loads by name',
      severity: 'error',
      from: {
        pathNot:
          '^src/(host/koffi|host/single-executable|capture/cap/cap|capture/privileges|cli/commands/sql/duckdb)\\.ts$',
      },
      to: { path: '^(node:)?module$' },
    },
  ],
  options: {
    doNotFollow: { path: '^node_modules/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
