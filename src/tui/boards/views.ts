import type { ViewName } from '../keys/view-names.ts';
import { conversationsView } from './conversations-view.ts';
import { helpView } from './help-view.ts';
import { lessonView } from './lesson-view.ts';
import { pathView } from './path-view.ts';
import { pingsView } from './pings-view.ts';
import { protocolsView } from './protocols-view.ts';
import type { View } from './view.ts';

/** Every view but the packets, which are the screen itself. */
export const views: Readonly<Record<Exclude<ViewName, 'packets'>, View>> = {
  pings: pingsView,
  protocols: protocolsView,
  conversations: conversationsView,
  lesson: lessonView,
  path: pathView,
  help: helpView,
};
