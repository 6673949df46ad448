type Bytes = Uint8Array<ArrayBuffer>;

/** Compresses to the zlib format (RFC 1950). */
export function deflate(bytes: Bytes): Promise<Bytes> {
  return pipe(bytes, new CompressionStream("deflate"));
}

/** The inverse of `deflate`. Rejects when the data is not zlib. */
export function inflate(bytes: Bytes): Promise<Bytes> {
  return pipe(bytes, new DecompressionStream("deflate"));
}

/** Standard base64 of bytes. */
export function toBase64(bytes: Uint8Array): string {
  let text = "";
  // A spread over a long array overflows the call stack.
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}

export function fromBase64(text: string): Bytes {
  const binary = atob(text);
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

async function pipe(bytes: Bytes, through: CompressionStream | DecompressionStream): Promise<Bytes> {
  const writer = through.writable.getWriter();
  // A failure of either side shows at the reader; unread, the writer's would be reported as unhandled.
  const written = writer.write(bytes).then(() => writer.close());
  written.catch(() => undefined);
  return new Uint8Array(await new Response(through.readable).arrayBuffer());
}
