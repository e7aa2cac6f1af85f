export function paleTexts(): { readonly seen: number; readonly pale: readonly string[] };
export function unfold(): void;
export function hiddenParts(): string[];
export function background(): string;
export function pageWidth(): number;
export function movedBy(): number;
export function focused(): string;
export function rootTag(): string;
export function linkAddresses(): string[];
export function pictureLabels(): string[];
export function overlaps(): string[];
export function textsBeyondEdge(): string[];
export function letterOnItsWay(): { readonly x: number; readonly isOn: boolean }[];
export function mermaidSvgs(
  texts: readonly string[],
): Promise<{ readonly fault: string; readonly words: string }[]>;
