/** A line to type into, in the footer's place. */
import type { Offer } from './field-names.ts';

export type PromptKind = 'goto' | 'filter' | 'search' | 'save' | 'column';

export interface Prompt {
  readonly kind: PromptKind;
  readonly text: string;
  /** Where the next character goes, from 0 to the text's length. */
  readonly at: number;
  /** What is wrong with it, in a few words; empty if nothing is. */
  readonly fault: string;
  /** How far back in the history it was taken from; 0 for a text of its own. */
  readonly back: number;
  /** Names to choose from, where Tab found several. */
  readonly offer: Offer | undefined;
}

/** What stands before the text, and what help says of it. */
export const PROMPTS: Readonly<Record<PromptKind, { readonly label: string; readonly hint: string }>> = {
  filter: {
    label: 'Filter',
    hint: 'as in Wireshark: ip.src#2 == 172.16.0.2, icmp, inner.icmp.seq > 3; Tab completes',
  },
  search: { label: 'Search', hint: 'text in the row, or bytes in hex: 0x4500' },
  save: { label: 'Save to', hint: 'marked packets, or all in the list; .pcap or .pcapng' },
  column: {
    label: 'Column',
    hint: 'a field’s name adds it, or removes it: ip.ttl#2, vxlan.vni; Tab completes',
  },
  goto: { label: 'Go to', hint: 'a packet’s number, or seconds since the first: 12.5 or 12s' },
};

/**
 * The text that was accepted so many times ago; the prompt as it is where there is none.
 *
 * @param history the newest first
 */
export function recalled(prompt: Prompt, history: readonly string[], steps: 1 | -1): Prompt {
  const back = prompt.back + steps;
  const text = back === 0 ? '' : history[back - 1];
  return text === undefined
    ? prompt
    : { ...prompt, text, at: text.length, fault: '', back, offer: undefined };
}

export function openPrompt(kind: PromptKind, text = ''): Prompt {
  return { kind, text, at: text.length, fault: '', back: 0, offer: undefined };
}

/**
 * The prompt after a key that edits.
 *
 * @param key as the key table names it; printable characters stand for themselves
 * @returns undefined for a key that edits nothing
 */
export function edited(prompt: Prompt, key: string): Prompt | undefined {
  const { text, at } = prompt;
  const put = (before: string, after: string): Prompt => ({
    ...prompt,
    text: before + after,
    at: before.length,
    fault: '',
  });
  switch (key) {
    case 'left':
      return { ...prompt, at: Math.max(0, at - 1) };
    case 'right':
      return { ...prompt, at: Math.min(text.length, at + 1) };
    case 'home':
    case 'ctrl+a':
      return { ...prompt, at: 0 };
    case 'end':
    case 'ctrl+e':
      return { ...prompt, at: text.length };
    case 'backspace':
      return at === 0 ? prompt : put(text.slice(0, at - 1), text.slice(at));
    case 'delete':
      return at === text.length ? prompt : put(text.slice(0, at), text.slice(at + 1));
    case 'ctrl+u':
      return put('', text.slice(at));
    case 'ctrl+k':
      return put(text.slice(0, at), '');
    case 'ctrl+w':
      return put(text.slice(0, at).replace(/\S*\s*$/, ''), text.slice(at));
    default: {
      const sign = key === 'space' ? ' ' : key;
      // Names of keys are longer than a character; anything but printable ASCII has no place in a filter or number.
      return /^[ -~]$/.test(sign) ? put(text.slice(0, at) + sign, text.slice(at)) : undefined;
    }
  }
}
