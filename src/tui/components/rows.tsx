import { Box, type DOMElement } from 'ink';
import { createContext, type ReactNode, useContext, useLayoutEffect, useRef } from 'react';
import type { Narrator } from '../spoken/narrator.ts';
import type { Screen } from '../terminal/screen.ts';

export const ScreenContext = createContext<Screen | undefined>(undefined);
/** What tells a screen reader of the session, where Ink is in its screen reader mode. */
export const NarratorContext = createContext<Narrator | undefined>(undefined);

/**
 * Rows of text, styled, each `width` cells wide: a box to Ink's layout, and its contents to the screen. Rows beyond `height`
 * cover what stands above.
 */
export function Rows({
  rows,
  width,
  height = rows.length,
}: {
  readonly rows: readonly string[];
  readonly width: number;
  readonly height?: number;
}): ReactNode {
  const screen = useContext(ScreenContext);
  const box = useRef<DOMElement>(null);
  useLayoutEffect(() => {
    if (box.current !== null) screen?.put(box.current, rows);
  });
  useLayoutEffect(() => {
    const element = box.current;
    return () => {
      if (element !== null) screen?.remove(element);
    };
  }, [screen]);
  return <Box ref={box} width={width} height={height} flexShrink={0} />;
}
