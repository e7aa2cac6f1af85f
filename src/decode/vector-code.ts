/** WebAssembly with vectors of 16 bytes, which JavaScript has no words for. */

/** As much of it as is used here: its types are a browser's (lib.dom), whose others nothing here is to see. */
interface Engine {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

/** Exported globals: addresses and such. */
export type Layout = Readonly<Record<string, { readonly value: number }>>;

/** Compiled once, however many are created: it takes longer than all else here. */
const compiled = new Map<string, object>();

/**
 * @param code as base64
 * @returns its exports, with a memory of their own; undefined where WebAssembly with vectors is not to be had
 */
export function instantiate<Exports>(code: string): (Exports & Layout) | undefined {
  try {
    const { Instance, Module } = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;
    const module = compiled.get(code) ?? new Module(Buffer.from(code, 'base64'));
    compiled.set(code, module);
    return new Instance(module).exports as Exports & Layout;
  } catch {
    return undefined;
  }
}
