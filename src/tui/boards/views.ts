import { conversationsView } from './conversations-view.ts';
import { helpView } from './help.ts';
import { lessonView } from './lesson.ts';
import { pathView } from './path.ts';
import { pingsView } from './pings.ts';
import { protocolsView } from './protocols.ts';
import type { View, ViewName } from './view.ts';

/** Every view but the packets, which are the screen itself. */
export const views: Readonly<Record<Exclude<ViewName, 'packets'>, View>> = {
  pings: pingsView,
  protocols: protocolsView,
  conversations: conversationsView,
  lesson: lessonView,
  path: pathView,
  help: helpView,
};
