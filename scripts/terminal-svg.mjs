/** A terminal's screen, as tmux's `capture-pane -e` gives it, as a picture: text in cells, with colours, bold, underlined and reversed. */

const CELL = 8.4;
const LINE = 18;
/** Browsers collapse several spaces of an SVG's text into one, and no longer heed xml:space. */
const NO_BREAK_SPACE = '\u00a0';
const MARGIN = 14;
const PAPER = '#15181e';
const INK = '#d6dae0';
const SIXTEEN = [
  '#1b1f27',
  '#d0453f',
  '#3f9a57',
  '#b58a1b',
  '#2f7fd6',
  '#a653b0',
  '#2a9aa8',
  '#c9ced6',
  '#646b78',
  '#ef6b61',
  '#62bf7b',
  '#d9ae44',
  '#5ea2ec',
  '#c77fd0',
  '#52bfcb',
  '#f2f4f7',
];
const CUBE = [0, 95, 135, 175, 215, 255];

/** One of xterm's 256 colours. */
function color(number) {
  if (number < 16) return SIXTEEN[number];
  if (number >= 232) return rgb(...new Array(3).fill(8 + (number - 232) * 10));
  const index = number - 16;
  return rgb(CUBE[Math.floor(index / 36)], CUBE[Math.floor(index / 6) % 6], CUBE[index % 6]);
}

function rgb(...parts) {
  return `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

/** Applies an SGR sequence's parameters (ECMA-48, 8.3.117) to a pen. */
function applySgr(pen, parameters) {
  const codes = parameters === '' ? [0] : parameters.split(';').map(Number);
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i];
    if (code === 0)
      Object.assign(pen, {
        ink: undefined,
        paper: undefined,
        bold: false,
        dim: false,
        underline: false,
        reverse: false,
      });
    else if (code === 1) pen.bold = true;
    else if (code === 2) pen.dim = true;
    else if (code === 4) pen.underline = true;
    else if (code === 7) pen.reverse = true;
    else if (code === 22) Object.assign(pen, { bold: false, dim: false });
    else if (code === 24) pen.underline = false;
    else if (code === 27) pen.reverse = false;
    else if (code >= 30 && code <= 37) pen.ink = SIXTEEN[code - 30];
    else if (code >= 90 && code <= 97) pen.ink = SIXTEEN[code - 82];
    else if (code >= 40 && code <= 47) pen.paper = SIXTEEN[code - 40];
    else if (code === 39) pen.ink = undefined;
    else if (code === 49) pen.paper = undefined;
    else if ((code === 38 || code === 48) && codes[i + 1] === 5) {
      pen[code === 38 ? 'ink' : 'paper'] = color(codes[i + 2]);
      i += 2;
    }
  }
}

/** Runs of cells in one style: where they begin, and their text. */
function* runs(line, pen) {
  let column = 0;
  let text = '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
  for (const part of line.split(/(\x1b\[[0-9;]*m)/)) {
    if (part.startsWith('\x1b[')) {
      if (text !== '') yield { column: column - text.length, text, ...pen };
      text = '';
      applySgr(pen, part.slice(2, -1));
    } else {
      text += part;
      column += part.length;
    }
  }
  if (text !== '') yield { column: column - text.length, text, ...pen };
}

function escapeXml(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/**
 * @param screen rows of text with SGR sequences; every character takes one cell
 * @returns an SVG document that loads nothing
 */
export function terminalSvg(screen, columns, rows) {
  const width = Math.round(columns * CELL + 2 * MARGIN);
  const height = rows * LINE + 2 * MARGIN;
  const papers = [];
  const texts = [];
  const pen = {};
  applySgr(pen, '');
  for (const [y, line] of screen.split('\n').slice(0, rows).entries()) {
    for (const run of runs(line, pen)) {
      const [ink, paper] = run.reverse ? [run.paper ?? PAPER, run.ink ?? INK] : [run.ink ?? INK, run.paper];
      const x = (MARGIN + run.column * CELL).toFixed(1);
      const top = MARGIN + y * LINE;
      const length = (run.text.length * CELL).toFixed(1);
      if (paper !== undefined)
        papers.push(`<rect x="${x}" y="${top}" width="${length}" height="${LINE}" fill="${paper}"/>`);
      if (run.text.trim() === '') continue;
      const style = `${run.bold ? ' font-weight="bold"' : ''}${run.dim ? ' opacity="0.6"' : ''}${run.underline ? ' text-decoration="underline"' : ''}`;
      texts.push(
        `<text x="${x}" y="${top + 13.5}" textLength="${length}" lengthAdjust="spacingAndGlyphs" fill="${ink}"${style}>${escapeXml(run.text.replaceAll(' ', NO_BREAK_SPACE))}</text>`,
      );
    }
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14">
<rect width="100%" height="100%" rx="8" fill="${PAPER}"/>
${papers.join('\n')}
${texts.join('\n')}
</svg>
`;
}
