import type { View, ViewName } from '../view.ts';
import { helpView } from './help.ts';
import { lessonView } from './lesson.ts';

/** Every view but the packets, which are the screen itself. */
export const views: Readonly<Record<Exclude<ViewName, 'packets'>, View>> = {
  lesson: lessonView,
  help: helpView,
};
