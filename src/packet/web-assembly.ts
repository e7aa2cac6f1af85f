/** As much of WebAssembly as is used: its types are a browser's (lib.dom), whose others nothing here is to see. */
interface Engine {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object, imports?: object) => { readonly exports: unknown };
  /** Of pages of 64 KiB. */
  readonly Memory: {
    new (size: { readonly initial: number; readonly maximum?: number }): { readonly buffer: ArrayBuffer };
    new (size: {
      readonly initial: number;
      readonly maximum: number;
      readonly shared: boolean;
    }): { readonly buffer: ArrayBufferLike };
  };
}

/** @throws {ReferenceError} where there is none */
export function webAssembly(): Engine {
  return (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;
}

/** Of code as text, as scripts/assemble.mjs makes it. */
export function codeBytes(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
