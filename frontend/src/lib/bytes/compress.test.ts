import { describe, expect, it } from "vitest";

import { deflate, fromBase64, inflate, toBase64 } from "./compress";

describe("compress", () => {
  it("brings a tile back through zlib and base64", async () => {
    const tile = new Uint8Array(512 * 512).map((_, i) => Number(i % 7 === 0));
    const packed = toBase64(await deflate(tile));
    expect(packed.startsWith("eJ")).toBe(true); // the zlib header, as Python's zlib writes it
    expect(await inflate(fromBase64(packed))).toEqual(tile);
  });

  it("rejects what is not zlib", async () => {
    await expect(inflate(Uint8Array.of(1, 2, 3, 4))).rejects.toThrow();
  });
});
