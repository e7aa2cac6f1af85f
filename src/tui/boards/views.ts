/** Every view but the packets, which are the screen itself. */
import type { ViewName } from '../keys/view-names.ts';
import type { ViewFacts } from '../state/state.ts';
import { conversationsView } from './conversations-view.ts';
import { helpView } from './help-view.ts';
import { drawnItem } from './item-rows.ts';
import { lessonView } from './lesson-view.ts';
import { pathView } from './path-view.ts';
import { pingsView } from './pings-view.ts';
import { protocolsView } from './protocols-view.ts';
import type { View, ViewContext } from './view.ts';

export const views: Readonly<Record<Exclude<ViewName, 'packets'>, View>> = {
  pings: pingsView,
  protocols: protocolsView,
  conversations: conversationsView,
  lesson: lessonView,
  path: pathView,
  help: helpView,
};

/** What moving in the view that is shown needs to know of it; undefined among the packets. */
export function viewFacts(context: ViewContext): ViewFacts | undefined {
  const { view } = context.state;
  if (view === 'packets') return undefined;
  const shown = views[view];
  const { hasCursor } = shown;
  const pageRows = shown.pageRows?.(context);
  return {
    count: shown.count(context),
    hasCursor,
    ...(pageRows !== undefined && { pageRows }),
    ...(hasCursor && { itemAt: (row: number) => drawnItem(context, row) }),
  };
}
