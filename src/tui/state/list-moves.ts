/** Moving in the list: another packet is selected, and comes in sight. */

import type { Command } from '../keys/keymap.ts';
import { clamp } from './clamp.ts';
import type { State } from './state.ts';

export function inList(state: State, name: Command): State {
  const page = Math.max(1, state.layout.listRows - 1);
  const last = state.count - 1;
  switch (name) {
    case 'up':
      return select(state, state.selected - 1, false);
    case 'down':
      return select(state, state.selected + 1, state.isFollowing);
    case 'pageUp':
      return select(state, state.selected - page, false);
    case 'pageDown':
      return select(state, state.selected + page, state.isFollowing);
    case 'first':
      return select(state, state.first, false);
    case 'last':
      return select(state, last, state.isLive);
    default:
      return state;
  }
}

export function select(state: State, index: number, follow: boolean): State {
  const selected = clamp(index, state.first, state.count - 1);
  const seen = state.isFollowing && !follow ? state.taken : state.seen;
  return scrollList({ ...state, selected, isFollowing: follow, seen });
}

/** Scrolls so that the selected packet is in sight. */
export function scrollList(state: State): State {
  const { listRows } = state.layout;
  const { selected, first, count } = state;
  let top = clamp(state.top, selected - listRows + 1, selected);
  top = clamp(top, first, Math.max(first, count - listRows));
  return top === state.top ? state : { ...state, top };
}
