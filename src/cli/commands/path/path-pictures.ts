/** `path --svg`, `--html`, `-T mermaid` and `-T ladder`: the view drawn. */
import type { PathView } from '../../../path/path-view.ts';
import type { PingChoice } from '../../../picture/ladder.ts';
import { UsageError } from '../../errors.ts';
import { requireInputKept } from '../../input-kept.ts';
import type { InputOptions } from '../../input-options.ts';
import { surveyHost } from '../../survey-host.ts';
import { writeDocument } from '../../write-document.ts';

export const PICTURE_FORMATS = ['ladder', 'mermaid'] as const;
export type PictureFormat = (typeof PICTURE_FORMATS)[number];

export interface PictureOptions {
  /** Files to write to. */
  svg?: string;
  html?: string;
  /** The same for devices with a ping's way over them: this machine's, where the capture is live, else those that it shows. */
  topology?: string;
  /** Which pings are drawn; the lost ones and a good one by default. */
  pings?: PingChoice;
}

/** Pings of a way that a picture shows; a page of more is not read. */
const MOST_DRAWN = 50;

export interface PathPictures {
  /** Writes the files that were asked for. @param heading what was captured */
  write(view: PathView, heading: string): void;
  /** The view as text, to be printed. @param width columns */
  text(view: PathView, format: PictureFormat, width: number): string;
}

/**
 * To be called before root is given up: what draws is loaded here.
 *
 * @param inputs files that are read
 * @throws {UsageError} where a file is to be written that is read
 */
export async function openPathPictures(
  { svg, html, topology, pings = 'lost', interface: live = [] }: PictureOptions & InputOptions,
  inputs: readonly string[],
): Promise<PathPictures> {
  requireInputKept('--svg', svg, inputs);
  requireInputKept('--html', html, inputs);
  requireInputKept('--topology', topology, inputs);
  const [
    { createLadders, NOTHING_DRAWN },
    { shownWay },
    { topologyDrawing },
    { laddersDrawing },
    { pathPage },
    { svgDocument },
    mermaid,
    lines,
  ] = await Promise.all([
    import('../../../picture/ladder.ts'),
    import('../../../picture/shown-way.ts'),
    import('../../../picture/topology-svg.ts'),
    import('../../../picture/ladder-svg.ts'),
    import('../../../picture/path-page.ts'),
    import('../../../drawing/svg.ts'),
    import('../../../picture/ladder-mermaid.ts'),
    import('../../../picture/ladder-text.ts'),
  ]);
  // Namespaces are looked into while that is allowed; what is drawn is how they were before the first packet.
  const isAsked = topology !== undefined || html !== undefined;
  const host = isAsked && live.length > 0 ? await surveyHost() : undefined;
  const laddersOf = (view: PathView) => createLadders(view, pings, MOST_DRAWN);
  return {
    write(view, heading) {
      if (svg !== undefined) {
        writeDocument(svg, svgDocument(`Path of pings: ${heading}`, laddersDrawing(laddersOf(view))));
      }
      const way = shownWay(view, pings, MOST_DRAWN, host);
      if (html !== undefined) writeDocument(html, pathPage(way, heading));
      if (topology === undefined) return;
      const title = `Devices, and the way of a ping: ${heading}`;
      writeDocument(topology, svgDocument(title, topologyDrawing(way.topology, way.marks)));
    },
    text(view, format, width) {
      const ladders = laddersOf(view);
      if (ladders.length === 0) {
        // Not among what is printed: to Mermaid it would be no diagram.
        console.error(`tunnelscope: ${NOTHING_DRAWN}`);
        return '';
      }
      if (format === 'mermaid') return ladders.map(mermaid.ladderMermaid).join('\n');
      return `${ladders.map((ladder) => lines.ladderLines(ladder, width).join('\n')).join('\n\n')}\n`;
    },
  };
}

/** `lost`, `all`, `3` or `3-7`. */
export function parsePings(text: string): PingChoice {
  if (text === 'lost' || text === 'all') return text;
  const [, from, to = from] = /^(\d{1,7})(?:-(\d{1,7}))?$/.exec(text) ?? [];
  const range = { from: Number(from), to: Number(to) };
  if (from !== undefined && range.from >= 1 && range.to >= range.from) return range;
  throw new UsageError(
    `--pings "${text}" is not understood; expected lost, all, a ping's place such as 3, or a range such as 3-7`,
  );
}
