import { Box, type DOMElement } from 'ink';
import { createContext, type ReactNode, useContext, useLayoutEffect, useRef } from 'react';
import type { Screen } from '../screen.ts';

export const ScreenContext = createContext<Screen | undefined>(undefined);

/** Rows of text, styled, each `width` cells wide: a box to Ink's layout, and its contents to the screen. */
export function Rows({
  rows,
  width,
}: {
  readonly rows: readonly string[];
  readonly width: number;
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
  return <Box ref={box} width={width} height={rows.length} flexShrink={0} />;
}
