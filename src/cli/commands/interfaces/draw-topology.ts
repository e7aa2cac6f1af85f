/** `interfaces --svg`, `-T mermaid`, `-T dot`; `lab status --svg`: how devices hang together, drawn. */
import type { Survey } from '../../../host/survey.ts';
import { createTopology, type Marks } from '../../../picture/topology.ts';
import { writeText } from '../../standard-output.ts';
import { writeDocument } from '../../write-document.ts';

export interface TopologyOutput {
  /** `mermaid` or `dot`, to be printed. */
  readonly format?: string | undefined;
  /** A file to write a picture to. */
  readonly svg?: string | undefined;
  /** A ping's way over it. */
  readonly marks?: Marks;
}

export async function writeTopology(survey: Survey, { format, svg, marks }: TopologyOutput): Promise<void> {
  const topology = createTopology(survey);
  if (svg !== undefined) {
    const { topologyDrawing } = await import('../../../picture/topology-svg.ts');
    const { svgDocument } = await import('../../../drawing/svg.ts');
    writeDocument(
      svg,
      svgDocument('Network namespaces, devices and tunnels', topologyDrawing(topology, marks)),
    );
  }
  if (format !== 'mermaid' && format !== 'dot') return;
  const { topologyDot, topologyMermaid } = await import('../../../picture/topology-text.ts');
  writeText(format === 'dot' ? topologyDot(topology) : topologyMermaid(topology));
}
